package email

import "strings"

// KeyIn returns the key of the delivery whose return path an address is, and false for any other address:
// returnPath and secret are those of the configuration. Mail servers may have changed its case.
func KeyIn(returnPath string, secret Secret, address string) (key string, ok bool) {
	before, after, found := strings.Cut(returnPath, "*")
	address = strings.Trim(strings.TrimSpace(address), "<>")
	n := len(address) - len(before) - len(after)
	if !found || n <= 0 || !strings.EqualFold(address[:len(before)], before) || !strings.EqualFold(address[len(before)+n:], after) {
		return "", false
	}
	return KeyOf(secret, address[len(before):len(before)+n])
}
