package cap

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"time"
)

// minKeyBits is what NIST SP 800-131A asks of RSA.
const minKeyBits = 2048

// Signer puts an enveloped XML signature into documents (W3C xmldsig-core: RSA-SHA256 over exclusive
// canonical XML, reference to the whole document). It relies on Marshal writing canonical bytes.
type Signer struct {
	key         *rsa.PrivateKey
	certificate *x509.Certificate
}

// NewSigner reads an RSA key and its certificate in PEM. Its errors show nothing of the key.
func NewSigner(keyPEM, certificatePEM []byte) (*Signer, error) {
	keyBlock, _ := pem.Decode(keyPEM)
	certBlock, _ := pem.Decode(certificatePEM)
	if keyBlock == nil || certBlock == nil {
		return nil, errors.New("signing key and certificate must be PEM")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(keyBlock.Bytes)
	if err != nil {
		return nil, errors.New("signing key: not a PKCS #8 private key")
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok || key.N.BitLen() < minKeyBits {
		return nil, fmt.Errorf("signing key: RSA of at least %d bits is needed", minKeyBits)
	}
	certificate, err := x509.ParseCertificate(certBlock.Bytes)
	if err != nil {
		return nil, fmt.Errorf("signing certificate: %w", err)
	}
	if public, ok := certificate.PublicKey.(*rsa.PublicKey); !ok || !public.Equal(&key.PublicKey) {
		return nil, errors.New("signing certificate: it belongs to another key")
	}
	return &Signer{key: key, certificate: certificate}, nil
}

// Certificate returns the certificate in PEM, for readers to check signatures with.
func (s *Signer) Certificate() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.certificate.Raw})
}

// NotAfter is when the certificate ends.
func (s *Signer) NotAfter() time.Time { return s.certificate.NotAfter }

const (
	rootEnd        = "</alert>"
	signatureStart = `<ds:Signature xmlns:ds="` + signatureSpace + `">`
	signatureEnd   = "</ds:Signature>"
	signatureSpace = "http://www.w3.org/2000/09/xmldsig#"
	exclusiveC14n  = "http://www.w3.org/2001/10/xml-exc-c14n#"
)

// Sign returns the document with its signature, verified.
func (s *Signer) Sign(document []byte) ([]byte, error) {
	body, ok := bytes.CutSuffix(document, []byte(rootEnd))
	if !ok || bytes.Contains(document, []byte("<ds:Signature")) {
		return nil, errors.New("only an unsigned alert is signed")
	}
	digest := sha256.Sum256(document)
	info := signedInfo(digest[:])
	hash := sha256.Sum256(info)
	value, err := rsa.SignPKCS1v15(rand.Reader, s.key, crypto.SHA256, hash[:])
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	signed := bytes.Join([][]byte{body, signature(digest[:], value, s.certificate), []byte(rootEnd)}, nil)
	if err := Verify(signed, s.certificate); err != nil {
		return nil, fmt.Errorf("check the new signature: %w", err)
	}
	return signed, nil
}

// Verify checks the signature of a document that Sign made, against a certificate whose trust the caller
// has settled. It takes only the form that Sign writes.
func Verify(document []byte, certificate *x509.Certificate) error {
	plain := unsigned(document)
	if len(plain) == len(document) {
		return errors.New("the document is not signed")
	}
	public, ok := certificate.PublicKey.(*rsa.PublicKey)
	if !ok {
		return errors.New("the certificate is not of an RSA key")
	}
	value, err := base64.StdEncoding.DecodeString(between(document, "<ds:SignatureValue>", "</ds:SignatureValue>"))
	if err != nil {
		return fmt.Errorf("signature value: %w", err)
	}
	digest := sha256.Sum256(plain)
	want := bytes.Join([][]byte{
		plain[:len(plain)-len(rootEnd)], signature(digest[:], value, certificate), []byte(rootEnd),
	}, nil)
	if !bytes.Equal(document, want) {
		return errors.New("the document is not what was signed")
	}
	hash := sha256.Sum256(signedInfo(digest[:]))
	if err := rsa.VerifyPKCS1v15(public, crypto.SHA256, hash[:], value); err != nil {
		return errors.New("the signature is not of this certificate's key")
	}
	return nil
}

// unsigned returns the document as it was before Sign.
func unsigned(document []byte) []byte {
	start := bytes.LastIndex(document, []byte(signatureStart))
	if start < 0 || !bytes.HasSuffix(document, []byte(signatureEnd+rootEnd)) {
		return document
	}
	return append(bytes.Clone(document[:start]), rootEnd...)
}

func between(document []byte, start, end string) string {
	_, rest, _ := bytes.Cut(document, []byte(start))
	text, _, _ := bytes.Cut(rest, []byte(end))
	return string(text)
}

// signedInfo is the part that the key signs, in its own canonical form: it declares its namespace.
func signedInfo(digest []byte) []byte {
	var b bytes.Buffer
	b.WriteString(`<ds:SignedInfo xmlns:ds="` + signatureSpace + `">`)
	b.Write(signedInfoBody(digest))
	return b.Bytes()
}

func signedInfoBody(digest []byte) []byte {
	method := func(element, algorithm string) string {
		return `<ds:` + element + ` Algorithm="` + algorithm + `"></ds:` + element + `>`
	}
	var b bytes.Buffer
	b.WriteString(method("CanonicalizationMethod", exclusiveC14n))
	b.WriteString(method("SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"))
	b.WriteString(`<ds:Reference URI=""><ds:Transforms>`)
	b.WriteString(method("Transform", signatureSpace+"enveloped-signature"))
	b.WriteString(method("Transform", exclusiveC14n))
	b.WriteString(`</ds:Transforms>` + method("DigestMethod", "http://www.w3.org/2001/04/xmlenc#sha256"))
	b.WriteString(`<ds:DigestValue>` + base64.StdEncoding.EncodeToString(digest) + `</ds:DigestValue>`)
	b.WriteString(`</ds:Reference></ds:SignedInfo>`)
	return b.Bytes()
}

func signature(digest, value []byte, certificate *x509.Certificate) []byte {
	var b bytes.Buffer
	b.WriteString(signatureStart + `<ds:SignedInfo>`)
	b.Write(signedInfoBody(digest))
	b.WriteString(`<ds:SignatureValue>` + base64.StdEncoding.EncodeToString(value) + `</ds:SignatureValue>`)
	b.WriteString(`<ds:KeyInfo><ds:X509Data><ds:X509SubjectName>`)
	b.WriteString(canonical.Replace(certificate.Subject.String()))
	b.WriteString(`</ds:X509SubjectName><ds:X509Certificate>` + base64.StdEncoding.EncodeToString(certificate.Raw))
	b.WriteString(`</ds:X509Certificate></ds:X509Data></ds:KeyInfo>` + signatureEnd)
	return b.Bytes()
}
