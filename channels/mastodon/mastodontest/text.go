package mastodontest

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// What Mastodon reads in a text, as far as a stand-in needs it.
// https://docs.joinmastodon.org/user/posting/#text
var (
	link    = regexp.MustCompile(`https?://[^\s<>"]+`)
	mention = regexp.MustCompile(`(?:^|[^/\pL\pN_])@([A-Za-z0-9_]+(?:[A-Za-z0-9_.-]*[A-Za-z0-9_]+)?)(@[\pL\pN.-]+[\pL\pN])?`)
	tag     = regexp.MustCompile(`(?:^|[^/)=\pL\pN])[#＃]([\pL\pN\pM_·]*[\pL_][\pL\pN\pM_·]*)`)
)

// Count counts the characters of a text: links count url each, and of a mention only the name.
func Count(text string, url int) int {
	n := 0
	text = link.ReplaceAllStringFunc(text, func(string) string {
		n += url
		return ""
	})
	text = mention.ReplaceAllStringFunc(text, func(m string) string {
		if i := strings.LastIndex(m, "@"); strings.Count(m, "@") == 2 {
			return m[:i]
		}
		return m
	})
	return n + utf8.RuneCountInString(text)
}

// write gives a status its text, or refuses it.
func (s *Server) write(st *Status, text string) *Answer {
	text = strings.TrimSpace(text)
	if text == "" {
		return Invalid("Text can't be blank")
	}
	if Count(text, s.URL) > s.Chars {
		return Invalid(fmt.Sprintf("Text character limit of %d exceeded", s.Chars))
	}
	st.Text, st.Mentions, st.Tags = text, nil, nil
	bare := link.ReplaceAllString(text, "")
	for _, m := range mention.FindAllStringSubmatch(bare, -1) {
		st.Mentions = append(st.Mentions, m[1]+m[2])
	}
	for _, m := range tag.FindAllStringSubmatch(bare, -1) {
		st.Tags = append(st.Tags, m[1])
	}
	return nil
}

// content is the text as the HTML that Mastodon makes of it.
func content(text string) string {
	var b strings.Builder
	b.WriteString("<p>")
	at := 0
	for _, span := range link.FindAllStringIndex(text, -1) {
		b.WriteString(html.EscapeString(text[at:span[0]]))
		b.WriteString(anchor(text[span[0]:span[1]]))
		at = span[1]
	}
	b.WriteString(html.EscapeString(text[at:]))
	b.WriteString("</p>")
	return strings.NewReplacer("\n\n", "</p><p>", "\n", "<br />").Replace(b.String())
}

// anchor shows thirty characters of a link and hides the rest.
func anchor(url string) string {
	scheme, rest, _ := strings.Cut(url, "://")
	shown := rest[:min(len(rest), 30)]
	return fmt.Sprintf(`<a href="%s" target="_blank" rel="nofollow noopener" translate="no">`+
		`<span class="invisible">%s://</span><span class="ellipsis">%s</span><span class="invisible">%s</span></a>`,
		html.EscapeString(url), scheme, html.EscapeString(shown), html.EscapeString(rest[len(shown):]))
}

const day = 24 * time.Hour

func (a *account) json() map[string]any {
	return map[string]any{
		"id": a.id, "username": a.name, "acct": a.name, "display_name": a.name,
		"created_at": time.Unix(0, 0).Add(19000 * day).UTC().Format(time.RFC3339),
	}
}

func (s *Server) json(st *Status, a *account) map[string]any {
	var reply any
	if st.InReplyTo != "" {
		reply = st.InReplyTo
	}
	return map[string]any{
		"id": st.ID, "uri": s.Base() + "/statuses/" + st.ID, "url": s.Base() + "/@" + a.name + "/" + st.ID,
		"created_at": st.At.UTC().Format("2006-01-02T15:04:05.000Z"), "in_reply_to_id": reply,
		"content": content(st.Text), "language": st.Language, "visibility": st.Visibility, "account": a.json(),
	}
}
