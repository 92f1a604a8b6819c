package cap

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"

	"callbox/channels"
	"callbox/channels/channeltest"
)

// begun is when the keys of the tests start: before the kit's moment and before the day of the test.
var begun = time.Date(2025, time.November, 1, 0, 0, 0, 0, time.UTC)

var signerOnce = sync.OnceValues(func() (*Signer, error) {
	key, cert, err := GenerateKey("Capitol Region <911> & partners", begun)
	if err != nil {
		return nil, err
	}
	return NewSigner(key, cert)
})

func testSigner(t testing.TB) *Signer {
	t.Helper()
	s, err := signerOnce()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Rule 14, by a verifier of another author.
func TestRule14ASignatureHoldsForAnIndependentVerifier(t *testing.T) {
	s := testSigner(t)
	doc := story(t, newDesk(t, s), channeltest.Sample{Towns: 2})[0][0]
	if err := independent(doc.XML, s); err != nil {
		t.Errorf("goxmldsig: %v", err)
	}
	tampered := bytes.Replace(doc.XML, []byte("0101"), []byte("0102"), 1)
	if err := independent(tampered, s); err == nil {
		t.Error("goxmldsig accepts a document with another number in it")
	}
}

func independent(document []byte, s *Signer) error {
	tree := etree.NewDocument()
	if err := tree.ReadFromBytes(document); err != nil {
		return err
	}
	check := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{s.certificate}})
	check.Clock = dsig.NewFakeClockAt(channeltest.Now)
	_, err := check.Validate(tree.Root())
	return err
}

func TestRule14AChangedDocumentDoesNotVerify(t *testing.T) {
	s := testSigner(t)
	doc := story(t, newDesk(t, s), channeltest.Sample{})[0][0].XML
	if err := Verify(doc, s.certificate); err != nil {
		t.Fatalf("Verify: %v", err)
	}
	for name, changed := range map[string][]byte{
		"another number":      bytes.Replace(doc, []byte("0101"), []byte("0102"), 1),
		"no signature":        unsigned(doc),
		"another digest":      bytes.Replace(doc, []byte("<ds:DigestValue>"), []byte("<ds:DigestValue>A"), 1),
		"a signature's digit": bytes.Replace(doc, []byte("<ds:SignatureValue>"), []byte("<ds:SignatureValue>AAAA"), 1),
		"another transform":   bytes.Replace(doc, []byte("enveloped-signature"), []byte("enveloped-signaturf"), 1),
		"an instruction":      append([]byte("<?xml-stylesheet href='a'?>"), doc...),
	} {
		if err := Verify(changed, s.certificate); err == nil {
			t.Errorf("%s: Verify found nothing wrong", name)
		}
	}
}

func TestRule14NothingIsPublishedUnsignedOnceSigningIsConfigured(t *testing.T) {
	s := *testSigner(t)
	other, err := rsa.GenerateKey(rand.Reader, minKeyBits)
	if err != nil {
		t.Fatal(err)
	}
	s.key = other // of another certificate
	d := newDesk(t, &s)
	_, err = d.Send(t.Context(), message(channeltest.Sample{}, 0))
	if v, _ := channels.VerdictOf(err); v != channels.Broken {
		t.Errorf("error is %v, want broken", err)
	}
	if len(d.shelf.docs) != 0 {
		t.Error("a document was published without a signature that verifies")
	}
}

func TestASignerRefusesKeysThatVerifiersRefuse(t *testing.T) {
	key, cert, err := GenerateKey("one", begun)
	if err != nil {
		t.Fatal(err)
	}
	for name, pair := range map[string][2][]byte{
		"nothing":                      {nil, nil},
		"a certificate of another key": {key, testSigner(t).Certificate()},
		"a certificate for a key":      {cert, cert},
	} {
		if _, err := NewSigner(pair[0], pair[1]); err == nil {
			t.Errorf("%s: NewSigner found nothing wrong", name)
		} else if strings.Contains(err.Error(), string(key[60:100])) {
			t.Errorf("%s: the error shows the key", name)
		}
	}
	s, err := NewSigner(key, cert)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.NotAfter().Sub(begun); got != keyLife {
		t.Errorf("the certificate holds %v, want %v", got, keyLife)
	}
}
