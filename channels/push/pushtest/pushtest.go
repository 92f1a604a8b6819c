// Package pushtest is a push service and all its browsers in one process: the far side of Web Push for
// tests and for the demo.
//
// It is written from the RFCs alone (8030, 8188, 8291, 8292) and shares no code with the channel that it
// stands opposite of. It checks what a push service checks, and opens what a browser opens.
package pushtest

import (
	"crypto/ecdh"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Answer is what a push service does with a push. Its zero value accepts it.
type Answer struct {
	Status     int           // 0 accepts with 201; other 2xx accept with that status
	RetryAfter time.Duration // sent in whole seconds where more than 0
	Wait       time.Duration // before anything is answered
	Reset      bool          // break the connection instead of answering
}

// Notification is a push that was accepted, opened.
type Notification struct {
	Device  int    // the number of the subscription, from 0
	Payload []byte // nil where Trouble says why the browser could not open it
	Trouble string
	Topic   string
	Urgency string
	TTL     time.Duration
	Size    int // of the sealed body
	At      time.Time
}

// Counts are totals since the start.
type Counts struct {
	Accepted int64 // pushes taken
	Replaced int64 // of these, those that replaced one of the same topic
	Denied   int64 // pushes answered otherwise
}

// Service is a push service with its browsers. It is an [http.Handler]; see [Start] and [StartTLS] for
// one that listens. Set the fields before the first request.
type Service struct {
	Base  string           // the URL at which it is served, without a slash at the end
	Now   func() time.Time // nil means time.Now
	Blind bool             // check and count, but do not open or keep the payloads

	key  *ecdh.PrivateKey // of all browsers; each has its own auth secret and path
	seed []byte

	mu       sync.Mutex
	devices  []device
	always   Answer
	counts   Counts
	received []Notification
	tokens   map[string]bool // Authorization headers that were verified, by origin and time
}

// device is one subscription.
type device struct {
	server string // the VAPID public key it was made for; empty takes any
	script []Answer
	gone   int            // the status it answers for ever; 0 while it lives
	topics map[string]int // where in received its push of a topic stands
}

// New returns a service that does not listen.
func New() *Service {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		panic("pushtest: no randomness: " + err.Error())
	}
	seed := make([]byte, 32)
	rand.Read(seed)
	return &Service{key: key, seed: seed, tokens: map[string]bool{}}
}

// Subscribe adds a browser that takes pushes of one VAPID public key (empty: of any) and returns its
// PushSubscription as JSON. It is cheap: twenty thousand take a fraction of a second.
func (s *Service) Subscribe(serverKey string) string {
	s.mu.Lock()
	n := len(s.devices)
	s.devices = append(s.devices, device{server: strings.TrimRight(serverKey, "=")})
	s.mu.Unlock()

	type keys struct {
		P256dh string `json:"p256dh"`
		Auth   string `json:"auth"`
	}
	out, _ := json.Marshal(struct {
		Endpoint       string  `json:"endpoint"`
		ExpirationTime *string `json:"expirationTime"`
		Keys           keys    `json:"keys"`
	}{s.Base + s.path(n), nil, keys{encode(s.key.PublicKey().Bytes()), encode(s.auth(n))}})
	return string(out)
}

// path is the secret path of a device: its number and a code that cannot be guessed.
func (s *Service) path(n int) string {
	return "/push/" + strconv.Itoa(n) + "-" + encode(s.derive("path", n))
}

// auth is the auth secret of a device.
func (s *Service) auth(n int) []byte { return s.derive("auth", n) }

func (s *Service) derive(what string, n int) []byte {
	h := hmac.New(sha256.New, s.seed)
	h.Write([]byte(what + strconv.Itoa(n)))
	return h.Sum(nil)[:16]
}

// device returns the number that a path names.
func (s *Service) device(path string) (int, bool) {
	number, _, _ := strings.Cut(strings.TrimPrefix(path, "/push/"), "-")
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || !hmac.Equal([]byte(path), []byte(s.path(n))) {
		return 0, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return n, n < len(s.devices)
}

// Always sets the answer to every push for which nothing is scripted.
func (s *Service) Always(a Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.always = a
}

// Script queues answers for one device, one for each coming push. A 404 or 410 lasts: the device is gone.
func (s *Service) Script(device int, answers ...Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.devices[device].script = append(s.devices[device].script, answers...)
}

// Received returns every push that was accepted, oldest first; none of a Blind service.
func (s *Service) Received() []Notification {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Notification(nil), s.received...)
}

// Shown returns what the screen of a device shows: of each topic the newest push, oldest first.
func (s *Service) Shown(device int) []Notification {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Notification
	for i, n := range s.received {
		if n.Device == device && (n.Topic == "" || s.devices[device].topics[n.Topic] == i) {
			out = append(out, n)
		}
	}
	return out
}

// Devices returns how many have subscribed.
func (s *Service) Devices() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.devices)
}

// Counts returns the totals.
func (s *Service) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts
}

func (s *Service) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

// scripted takes the next answer of a device.
func (s *Service) scripted(n int) Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := &s.devices[n]
	if d.gone != 0 {
		return Answer{Status: d.gone}
	}
	if len(d.script) == 0 {
		return s.always
	}
	a := d.script[0]
	d.script = d.script[1:]
	if a.Status == http.StatusNotFound || a.Status == http.StatusGone {
		d.gone = a.Status
	}
	return a
}

// keep notes an accepted push.
func (s *Service) keep(n Notification) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts.Accepted++
	d := &s.devices[n.Device]
	_, again := d.topics[n.Topic]
	if again {
		s.counts.Replaced++
	}
	if n.Topic != "" {
		if d.topics == nil {
			d.topics = map[string]int{}
		}
		d.topics[n.Topic] = len(s.received)
	}
	if !s.Blind {
		s.received = append(s.received, n)
	}
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
