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

// referenceOf reads by what a document is referenced. The three elements stand first in it, and nothing
// after them is read.
func referenceOf(document []byte) (Reference, error) {
	var r Reference
	in := xml.NewDecoder(bytes.NewReader(document))
	for r.Sent == "" {
		token, err := in.Token()
		if err != nil {
			return Reference{}, fmt.Errorf("read CAP: %w", err)
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local == "alert" {
			continue
		}
		var text string
		if err := in.DecodeElement(&text, &start); err != nil {
			return Reference{}, fmt.Errorf("read CAP: %w", err)
		}
		switch start.Name.Local {
		case "identifier":
			r.Identifier = text
		case "sender":
			r.Sender = text
		case "sent":
			r.Sent = Stamp(text)
		default:
			return Reference{}, fmt.Errorf("read CAP: element %s stands before sent", start.Name.Local)
		}
	}
	return r, nil
}
