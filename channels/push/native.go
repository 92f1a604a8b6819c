package push

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/http"
	"strconv"
)

// native is the engine of the standard library.
type native struct {
	signer signer
}

func (n *native) request(ctx context.Context, p push) (*http.Request, error) {
	body, err := seal(p)
	if err != nil {
		return nil, err
	}
	token, err := n.signer.authorization(p.to.origin)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.to.endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header = http.Header{
		"Authorization":    {token},
		"Content-Encoding": {"aes128gcm"},
		"Content-Type":     {"application/octet-stream"},
		"Topic":            {p.topic},
		"Ttl":              {strconv.Itoa(p.ttl)},
		"Urgency":          {"high"},
	}
	return req, nil
}

const (
	saltSize   = 16
	pointSize  = 65 // an uncompressed point of P-256
	headerSize = saltSize + 4 + 1 + pointSize
	tagSize    = 16
)

// seal encrypts a payload for its browser: RFC 8291, in one record of RFC 8188 that fills p.size bytes.
// The key pair of our side is made for this message alone, as RFC 8291 section 3.1 asks.
func seal(p push) ([]byte, error) {
	ours, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	shared, err := ours.ECDH(p.to.key)
	if err != nil {
		return nil, fmt.Errorf("agreeing on a key: %w", err)
	}

	body := make([]byte, p.size)
	salt := body[:saltSize]
	rand.Read(salt)
	binary.BigEndian.PutUint32(body[saltSize:], uint32(p.size))
	body[saltSize+4] = pointSize
	public := body[saltSize+5 : headerSize]
	copy(public, ours.PublicKey().Bytes())

	gcm, nonce, err := recordKey(shared, salt, public, p.to)
	if err != nil {
		return nil, err
	}
	record := body[headerSize : p.size-tagSize]
	record[copy(record, p.payload)] = 2 // the delimiter of a last record; zeros pad it
	gcm.Seal(record[:0], nonce, record, nil)
	return body, nil
}

// recordKey derives the key and the nonce of the one record (RFC 8291 section 3.4, RFC 8188 section 2.2).
func recordKey(shared, salt, public []byte, to subscription) (cipher.AEAD, []byte, error) {
	agreed, err := hkdf.Extract(sha256.New, shared, to.auth)
	if err != nil {
		return nil, nil, fmt.Errorf("deriving a key: %w", err)
	}
	info := make([]byte, 0, 14+2*pointSize)
	info = append(info, "WebPush: info\x00"...)
	info = append(info, to.key.Bytes()...)
	info = append(info, public...)
	material, err := hkdf.Expand(sha256.New, agreed, string(info), sha256.Size)
	if err != nil {
		return nil, nil, fmt.Errorf("deriving a key: %w", err)
	}
	root, err := hkdf.Extract(sha256.New, material, salt)
	if err != nil {
		return nil, nil, fmt.Errorf("deriving a key: %w", err)
	}
	key, err := hkdf.Expand(sha256.New, root, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, nil, fmt.Errorf("deriving a key: %w", err)
	}
	nonce, err := hkdf.Expand(sha256.New, root, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, nil, fmt.Errorf("deriving a nonce: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, nil, fmt.Errorf("making a cipher: %w", err)
	}
	gcm, err := cipher.NewGCM(block)
	return gcm, nonce, err
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
