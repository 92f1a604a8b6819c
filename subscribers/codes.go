package subscribers

import "encoding/base32"

// codeAlphabet has no letters or digits that are mistaken for others.
var codeAlphabet = base32.NewEncoding("ABCDEFGHJKLMNPQRSTUVWXYZ23456789").WithPadding(base32.NoPadding)

// codeLength is 30 bits: enough that nobody finds the code of another statement by trying.
const codeLength = 6

// Codes returns the short codes of what has a name, the newest key's first: six capital letters and digits
// of HMAC-SHA256, which nobody can make without a key. Nothing is stored; a code that an older key made is
// among them.
func (l *Links) Codes(name string) []string {
	out := make([]string, len(l.signers))
	for i, s := range l.signers {
		out[i] = codeAlphabet.EncodeToString(s.sign("code", []byte(name)))[:codeLength]
	}
	return out
}
