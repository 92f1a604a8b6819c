package templates

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// gsmBasic is the GSM 7-bit default alphabet (3GPP TS 23.038, 6.2.1) without its control codes and its
// escape. The extension table is left out too: aggregators refuse { } [ ] \ | ^ ~ in phone alerts.
const gsmBasic = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"

// gsmFold are characters that have a plain twin without being a letter and an accent.
var gsmFold = strings.NewReplacer(
	"“", `"`, "”", `"`, "«", `"`, "»", `"`, "‘", "'", "’", "'", "–", "-", "—", "-", "…", "...",
	"\u00a0", " ", "\n", " ", "\r", "", "\t", " ", "[", "(", "]", ")", "{", "(", "}", ")", "|", "/", "~", "-", `\`, "/", "^", "")

// GSM7 folds a text to the GSM 7-bit default alphabet: á becomes a, while é, ñ and ü stay. A character
// without a twin becomes a question mark.
func GSM7(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return !inGSM(r) }) {
		return s
	}
	s = gsmFold.Replace(s)
	var b strings.Builder
	for _, r := range norm.NFC.String(s) {
		if inGSM(r) {
			b.WriteRune(r)
			continue
		}
		if first := []rune(norm.NFD.String(string(r)))[0]; inGSM(first) {
			b.WriteRune(first)
			continue
		}
		b.WriteByte('?')
	}
	return b.String()
}

// gsmASCII marks the ASCII characters of the alphabet.
var gsmASCII = func() (in [128]bool) {
	for _, r := range gsmBasic {
		if r < 128 {
			in[r] = true
		}
	}
	return in
}()

func inGSM(r rune) bool {
	if r < 128 {
		return gsmASCII[r]
	}
	return strings.ContainsRune(gsmBasic, r)
}
