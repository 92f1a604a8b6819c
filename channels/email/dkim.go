package email

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-msgauth/dkim"

	"callbox/channels"
)

// DKIM is a key that signs mails for a domain (RFC 6376, RFC 8463). Mailbox providers want signed mail from
// who sends much of it. A mail is signed by itself, when all that is its reader's own stands in it: that
// costs 0.2 ms of CPU with Ed25519 and 2 ms with RSA, many times the mail itself, so where a relay signs,
// let it. Not every provider checks Ed25519: with one key of each, all do.
type DKIM struct {
	Domain   string // that of From, or one that it lies in
	Selector string // the public key stands in the DNS at SELECTOR._domainkey.DOMAIN: see Record
	Key      crypto.Signer
}

// signed are the fields that a signature covers. Those that stand twice may not be added later, nor may
// those that a mail does not have (RFC 6376 section 5.4.2).
var signed = []string{"From", "From", "To", "To", "Subject", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
	"Reply-To", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "MIME-Version", "Content-Type", "Content-Language", "Auto-Submitted"}

// minRSA is the shortest RSA key in bits (RFC 8301 section 3.2 asks for 1024 and advises 2048).
const minRSA = 2048

// ParseDKIMKey reads a private key in PEM: Ed25519, or RSA of at least 2048 bits.
func ParseDKIMKey(text []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("no private key in PEM")
	}
	var key any
	var err error
	if block.Type == "RSA PRIVATE KEY" {
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	} else {
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	}
	if err != nil {
		return nil, errors.New("the private key is damaged, or protected by a password")
	}
	switch k := key.(type) {
	case ed25519.PrivateKey:
		return k, nil
	case *rsa.PrivateKey:
		if k.N.BitLen() < minRSA {
			return nil, fmt.Errorf("the RSA key has %d bits, and %d at least are safe", k.N.BitLen(), minRSA)
		}
		return k, nil
	}
	return nil, errors.New("the private key is neither Ed25519 nor RSA")
}

// Record returns the name and the text of the DNS record (type TXT) that the key needs (RFC 6376 section
// 3.6.1, RFC 8463 section 4).
func (d DKIM) Record() (name, text string, err error) {
	var kind string
	var public []byte
	switch k := d.Key.Public().(type) {
	case ed25519.PublicKey:
		kind, public = "ed25519", k
	case *rsa.PublicKey:
		kind = "rsa"
		if public, err = x509.MarshalPKIXPublicKey(k); err != nil {
			return "", "", fmt.Errorf("DKIM record: %w", err)
		}
	default:
		return "", "", errors.New("DKIM record: the key is neither Ed25519 nor RSA")
	}
	return d.Selector + "._domainkey." + d.Domain, "v=DKIM1; k=" + kind + "; p=" + base64.StdEncoding.EncodeToString(public), nil
}

// check returns an error that names what is to be mended, for mails from an address.
func (d DKIM) check(from string) error {
	_, domain, _ := cutLast(strings.ToLower(from))
	switch own := strings.ToLower(d.Domain); {
	case checkHost(d.Domain) != nil:
		return errors.New("domain: write the domain that signs, such as example.org")
	case domain != own && !strings.HasSuffix(domain, "."+own):
		return errors.New("domain: mails are from another domain; sign for that of from, or for one that it lies in")
	case d.Selector == "" || checkHost(d.Selector+"."+d.Domain) != nil:
		return errors.New("selector: write the name of the key in the DNS, letters, digits and hyphens")
	case d.Key == nil:
		return errors.New("key: a private key is needed")
	}
	return nil
}

// sign puts the signatures of a mail before it.
func (c *Channel) sign(mail []byte) ([]byte, error) {
	if len(c.cfg.DKIM) == 0 {
		return mail, nil
	}
	var head []byte
	for _, d := range c.cfg.DKIM {
		s, err := dkim.NewSigner(&dkim.SignOptions{Domain: d.Domain, Selector: d.Selector, Signer: d.Key, HeaderKeys: signed,
			HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed})
		if err == nil {
			_, err = s.Write(mail)
			err = errors.Join(err, s.Close())
		}
		if err != nil {
			return nil, channels.As(channels.Broken, fmt.Errorf("signing for %s: %w", d.Domain, err))
		}
		head = append(head, s.Signature()...)
	}
	return slices.Insert(mail, 0, head...), nil
}
