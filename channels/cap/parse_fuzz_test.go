package cap

import (
	"os"
	"path/filepath"
	"testing"
)

func FuzzADocumentIsReadOrRefused(f *testing.F) {
	files, err := filepath.Glob("testdata/*.xml")
	if err != nil || len(files) == 0 {
		f.Fatal("no documents to begin with", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`<!DOCTYPE a [<!ENTITY x "y">]><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">&x;</alert>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := Parse(data); err == nil && len(data) > MaxDocument {
			t.Errorf("a document of %d bytes was read", len(data))
		}
		_, _ = referenceOf(data) // refused or read, without a panic
	})
}
