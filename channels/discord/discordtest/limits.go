package discordtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/bwmarrin/discordgo"
)

// breaks returns Discord's refusal of a message that breaks a limit of
// https://discord.com/developers/docs/resources/message#embed-object-embed-limits
func breaks(content string, embeds []*discordgo.MessageEmbed) *Answer {
	if content == "" && len(embeds) == 0 {
		return &EmptyMessage
	}
	var found form
	found.longer("content", content, 2000)
	if len(embeds) > 10 {
		found.add("embeds", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 10 in length.")
	}
	total := 0
	for i, e := range embeds {
		at := fmt.Sprintf("embeds.%d.", i)
		total += found.longer(at+"title", e.Title, 256) + found.longer(at+"description", e.Description, 4096)
		if e.Footer != nil {
			total += found.longer(at+"footer.text", e.Footer.Text, 2048)
		}
		if e.Author != nil {
			total += found.longer(at+"author.name", e.Author.Name, 256)
		}
		if len(e.Fields) > 25 {
			found.add(at+"fields", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 25 in length.")
		}
		for j, f := range e.Fields {
			at := fmt.Sprintf("%sfields.%d.", at, j)
			total += found.longer(at+"name", f.Name, 256) + found.longer(at+"value", f.Value, 1024)
			if f.Name == "" || f.Value == "" {
				found.add(at, "BASE_TYPE_REQUIRED", "This field is required")
			}
		}
	}
	if total > 6000 {
		found.add("embeds", "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")
	}
	return found.answer()
}

// form collects what is wrong, by the path of the field.
type form map[string][]map[string]string

func (f *form) add(path, code, message string) {
	if *f == nil {
		*f = form{}
	}
	(*f)[path] = append((*f)[path], map[string]string{"code": code, "message": message})
}

// longer notes a string that is longer than the limit and returns its length in characters.
func (f *form) longer(path, s string, limit int) int {
	n := utf8.RuneCountInString(s)
	if n > limit {
		f.add(path, "BASE_TYPE_MAX_LENGTH", fmt.Sprintf("Must be %d or fewer in length.", limit))
	}
	return n
}

func (f form) answer() *Answer {
	if len(f) == 0 {
		return nil
	}
	body, err := json.Marshal(map[string]any{"code": 50035, "message": "Invalid Form Body", "errors": f})
	if err != nil {
		panic(err) // a form is made of strings
	}
	return &Answer{Status: http.StatusBadRequest, Body: string(body)}
}

// bucket counts the posts of one webhook in a window of time.
type bucket struct {
	since time.Time
	used  int
}

// take counts one post and writes the rate-limit headers; it returns the refusal when there were too many.
func (b *bucket) take(h http.Header, posts int, per time.Duration, now time.Time) *Answer {
	if posts == 0 {
		return nil
	}
	if now.Sub(b.since) >= per {
		b.since, b.used = now, 0
	}
	reset := b.since.Add(per)
	left := posts - b.used - 1
	h.Set("X-RateLimit-Limit", strconv.Itoa(posts))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(max(left, 0)))
	h.Set("X-RateLimit-Reset", fmt.Sprintf("%.3f", float64(reset.UnixMilli())/1000))
	h.Set("X-RateLimit-Reset-After", fmt.Sprintf("%.3f", reset.Sub(now).Seconds()))
	h.Set("X-RateLimit-Bucket", "80c17d2f203122d936070c88c8d10f33")
	if left < 0 {
		busy := Busy(reset.Sub(now))
		return &busy
	}
	b.used++
	return nil
}
