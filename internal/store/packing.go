package store

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
)

// pack stores a large value: JSON, compressed. A state's bulletin in two languages is some hundred
// kilobytes of repeating words.
func pack(v any) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if err := json.NewEncoder(z).Encode(v); err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	return b.Bytes(), nil
}

func unpack(data []byte, v any) error {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	if err := json.NewDecoder(z).Decode(v); err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	return nil
}
