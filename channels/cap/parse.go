package cap

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
)

// MaxDocument is the size in bytes beyond which a document is not read.
const MaxDocument = 1 << 20

// Parse reads a CAP document, of ours or of others. It checks the XML and its root, and none of the
// rules: see [Rules].
func Parse(document []byte) (Alert, error) {
	if len(document) > MaxDocument {
		return Alert{}, fmt.Errorf("read CAP: %d bytes, at most %d are read", len(document), MaxDocument)
	}
	root := struct {
		XMLName xml.Name
		Alert
	}{}
	if err := xml.NewDecoder(bytes.NewReader(document)).Decode(&root); err != nil {
		return Alert{}, fmt.Errorf("read CAP: %w", err)
	}
	if root.XMLName.Local != "alert" || root.XMLName.Space != Namespace {
		return Alert{}, errors.New("read CAP: the root is not an alert of CAP 1.2")
	}
	return root.Alert, nil
}
