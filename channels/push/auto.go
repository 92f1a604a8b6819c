package push

import (
	"context"
	"net/http"
	"sync"
)

// DefaultNativeAfter is how many pushes of one bulletin go by the library where nothing else is configured.
const DefaultNativeAfter = 1000

// auto is the library for the first pushes of a bulletin, and the native engine for the rest of an
// audience that is larger.
type auto struct {
	library, native engine
	after           int // pushes of one bulletin

	mu   sync.Mutex
	sent map[bulletin]int
}

// bulletin names one of an outage.
type bulletin struct {
	outage string
	seq    int
}

// maxBulletins bounds what auto counts at once; beyond, it counts anew.
const maxBulletins = 256

func (a *auto) request(ctx context.Context, p push) (*http.Request, error) {
	if a.large(p.of) {
		return a.native.request(ctx, p)
	}
	return a.library.request(ctx, p)
}

// large counts a push, and reports whether its bulletin has had its share of the library.
func (a *auto) large(b bulletin) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.sent == nil || len(a.sent) >= maxBulletins && a.sent[b] == 0 {
		a.sent = map[bulletin]int{}
	}
	a.sent[b]++
	return a.sent[b] > a.after
}
