//go:build interop

package cap

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"callbox/channels/channeltest"
	"callbox/outages"
)

// tool runs a program of the system; its absence is a failure: install libxml2-utils and xmlsec1.
func tool(t *testing.T, name string, args ...string) ([]byte, error) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is needed: %v", name, err)
	}
	return exec.CommandContext(t.Context(), path, args...).CombinedOutput()
}

func write(t *testing.T, body []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

const schema = "testdata/cap12.xsd"

func TestXmllintValidatesTheGoldenDocuments(t *testing.T) {
	files, err := filepath.Glob("testdata/*.xml")
	if err != nil || len(files) < 7 {
		t.Fatalf("golden documents: %q, %v", files, err)
	}
	for _, file := range files {
		if out, err := tool(t, "xmllint", "--nonet", "--noout", "--schema", schema, file); err != nil {
			t.Errorf("%s: %v\n%s", file, err, out)
		}
	}
}

func TestXmllintFindsWhatBreaksTheSchema(t *testing.T) {
	good, err := os.ReadFile("testdata/alert.xml")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range []breach{
		{old: "<status>Actual</status><msgType>Alert</msgType>", new: "<msgType>Alert</msgType><status>Actual</status>"},
		{old: "<scope>Public</scope>"},
		{old: "15:05:00-05:00</sent>", new: "20:05:00Z</sent>"},
		{old: "<urgency>Immediate", new: "<urgency>Soon"},
		{old: goodPolygon},
	} {
		broken := write(t, bytes.ReplaceAll(good, []byte(b.old), []byte(b.new)))
		if _, err := tool(t, "xmllint", "--nonet", "--noout", "--schema", schema, broken); err == nil {
			t.Errorf("%q for %q is valid", b.new, b.old)
		}
	}
}

// Rule 1: exclusive canonicalisation leaves our bytes as they are.
func TestXmllintFindsTheBytesCanonical(t *testing.T) {
	files, err := filepath.Glob("testdata/*.xml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got, err := tool(t, "xmllint", "--nonet", "--exc-c14n", file)
		if err != nil || !bytes.Equal(bytes.TrimSuffix(got, []byte("\n")), want) {
			t.Errorf("%s: %v, canonical is\n%s\nwant\n%s", file, err, got, want)
		}
	}
}

// Rule 14, by the verifier that operators use.
func TestXmlsec1VerifiesASignedDocumentAndNoChangedOne(t *testing.T) {
	s := testSigner(t)
	d := newDesk(t, s)
	story(t, d, channeltest.Sample{}, channeltest.Sample{Kind: outages.Update}, channeltest.Sample{Kind: outages.AllClear})
	for _, doc := range d.shelf.docs {
		verifiesSigned(t, s, doc.Identifier, doc.XML)
	}
}

func TestXmlsec1VerifiesEveryGoldenDocumentOnceItIsSigned(t *testing.T) {
	files, err := filepath.Glob("testdata/*.xml")
	if err != nil || len(files) < 7 {
		t.Fatalf("golden documents: %q, %v", files, err)
	}
	s := testSigner(t)
	for _, file := range files {
		golden, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := s.Sign(golden)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		verifiesSigned(t, s, file, signed)
	}
}

// verifiesSigned checks that xmlsec1 takes a signed document, that it still fits the schema, and that a
// changed one fails.
func verifiesSigned(t *testing.T, s *Signer, name string, document []byte) {
	t.Helper()
	certificate := write(t, s.Certificate())
	verify := func(document []byte) ([]byte, error) {
		return tool(t, "xmlsec1", "--verify", "--verification-time", "2026-11-13 20:05:00", "--trusted-pem", certificate, write(t, document))
	}
	if out, err := verify(document); err != nil {
		t.Errorf("%s: %v\n%s", name, err, out)
	}
	if out, err := tool(t, "xmllint", "--nonet", "--noout", "--schema", schema, write(t, document)); err != nil {
		t.Errorf("%s: %v\n%s", name, err, out)
	}
	if _, err := verify(bytes.Replace(document, []byte("911"), []byte("912"), 1)); err == nil {
		t.Errorf("%s: a changed document verifies", name)
	}
}
