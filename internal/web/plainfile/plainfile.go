// Package plainfile writes what is served as plain files, for a second host to serve when this one is gone.
package plainfile

import (
	"bytes"
	"os"
	"path/filepath"
)

// Replace writes a file whole or not at all, with the folders it lies in. An equal one is left alone, with
// its time.
func Replace(file string, body []byte) error {
	if old, err := os.ReadFile(file); err == nil && bytes.Equal(old, body) {
		return nil
	}
	folder := filepath.Dir(file)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	temp, err := os.CreateTemp(folder, ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name()) // fails after the rename, as it should
	if _, err = temp.Write(body); err == nil {
		err = temp.Chmod(0o644)
	}
	if closing := temp.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return err
	}
	return os.Rename(temp.Name(), file)
}
