package subscribers

import "fmt"

// SealFor encrypts something else than a destination with the newest key, for one purpose: what was
// sealed for one opens for no other. The form is that of [Sealer.Seal].
func (s *Sealer) SealFor(purpose string, plain []byte) []byte {
	head := append([]byte{sealVersion}, s.newest[:]...)
	return s.aeads[s.newest].Seal(head, nil, plain, append(other(purpose), head...))
}

// OpenFor decrypts what SealFor made for the purpose. It returns ErrUnknownKey or ErrBroken.
func (s *Sealer) OpenFor(purpose string, sealed []byte) ([]byte, error) {
	if len(sealed) < sealHead || sealed[0] != sealVersion {
		return nil, ErrBroken
	}
	head, body := sealed[:sealHead], sealed[sealHead:]
	aead, ok := s.aeads[keyID(head[1:])]
	if !ok {
		return nil, ErrUnknownKey
	}
	plain, err := aead.Open(nil, nil, body, append(other(purpose), head...))
	if err != nil {
		return nil, ErrBroken
	}
	return plain, nil
}

// other begins the associated data of a purpose. It differs from that of destinations in its first bytes.
func other(purpose string) []byte { return fmt.Appendf(nil, "callbox for %q ", purpose) }
