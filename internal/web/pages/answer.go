package pages

import "callbox/internal/web/answer"

// How long answers live in caches. An answer that could not be renewed is better than none: it says of
// what time it is.
const (
	cacheBriefly = "public, max-age=15, stale-while-revalidate=30, stale-if-error=86400"
	cacheForever = "public, max-age=31536000, immutable"
	cacheChecked = "no-cache"
	cacheNever   = "private, no-store"
)

// localized is an answer in the language of its reader.
func localized(status int, media, cache string, body []byte) *answer.Answer {
	return answer.New(body, answer.Kind{Status: status, Media: media, Cache: cache, Vary: "Accept-Language"})
}
