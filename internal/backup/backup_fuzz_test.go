package backup

import (
	"os"
	"path/filepath"
	"testing"
)

func FuzzAFileIsABackupOrRefused(f *testing.F) {
	dir := f.TempDir()
	identity := filepath.Join(dir, "identity.txt")
	if _, err := NewIdentity(identity); err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("age-encryption.org/v1\n-> X25519 abc\ndef\n--- ghi\n"))
	f.Add([]byte("hello"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, plain := filepath.Join(t.TempDir(), "b.age"), filepath.Join(t.TempDir(), "plain")
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := unseal(file, identity, plain); err == nil {
			t.Errorf("a file that nobody sealed for us opens: %q", data)
		}
	})
}
