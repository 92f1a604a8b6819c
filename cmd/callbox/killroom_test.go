package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"callbox/channels/email/mailtest"
	"callbox/internal/store"
	"callbox/subscribers"
)

// newKillRoom makes a room on a database: a URL, or a file in the room.
func newKillRoom(t *testing.T, dice *rand.Rand, database string) *killRoom {
	k := &killRoom{T: t, dice: dice, dir: t.TempDir(), database: database, keys: map[string]string{}, hit: map[string]int{}}
	k.build()
	var err error
	k.far, err = startFleet(mailtest.Options{})
	k.ok(err)
	t.Cleanup(func() { k.ok(k.far.close()) })
	k.crowds = startCrowdProxy(t, k.far.discord.URL(), k.far.mastodon.Base())
	k.configure()
	keys, err := os.ReadFile(filepath.Join(k.dir, "callbox.keys"))
	k.ok(err)
	parsed, err := subscribers.ParseKeys(keys)
	k.ok(err)
	if !store.IsPostgres(database) {
		database = filepath.Join(k.dir, database)
	}
	k.ledger, err = store.Open(t.Context(), database, subscribers.NewSealer(parsed), nil)
	k.ok(err)
	t.Cleanup(func() { k.ok(k.ledger.Close()) })
	return k
}

// configure writes what an operator would: the keys and the configuration file.
func (k *killRoom) configure() {
	k.run("", "keys", "new", filepath.Join(k.dir, "callbox.keys"))
	var push struct {
		PublicKey string `json:"public_key"`
	}
	k.ok(json.Unmarshal(k.run("", "keys", "push", filepath.Join(k.dir, "push.key")), &push))
	k.keys["push"] = push.PublicKey
	address := k.address()
	k.write("callbox.toml", fmt.Sprintf(`listen = %[1]q
database = %[5]q
public_url = "http://%[1]s"
discord = true
mastodon = true
[push]
public_key = %[2]q
private_key = "file:push.key"
subject = "alerts@ct.example.org"
[email]
from = "alerts@ct.example.org"
[[email.relay]]
host = %[3]q
port = %[4]d
tls = "insecure"
[lanes.email]
rate = 700
[lanes.push]
rate = 700
[cap]
source = "Callbox test"
`, address, push.PublicKey, k.far.mail.Host(), k.far.mail.Port(), k.database))
	k.keys["url"] = "http://" + address
}

// address is one that nobody listens on.
func (k *killRoom) address() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	k.ok(err)
	defer l.Close()
	return l.Addr().String()
}

func (k *killRoom) write(name, text string) {
	k.Helper()
	k.ok(os.WriteFile(filepath.Join(k.dir, name), []byte(text), 0o600))
}

// run runs a verb as an official, or as the operator, and returns what it printed. Submitting ends with
// the code that says that it waits.
func (k *killRoom) run(who string, args ...string) []byte {
	k.Helper()
	c := k.command(args...)
	c.Env = append(c.Env, "CALLBOX_KEY="+k.keys[who])
	var complaints strings.Builder
	c.Stderr = &complaints
	out, err := c.Output()
	if e, ok := errors.AsType[*exec.ExitError](err); ok && e.ExitCode() == exitWaits {
		err = nil
	}
	if err != nil {
		k.Fatalf("callbox %v: %v\n%s%s", args, err, out, &complaints)
	}
	return out
}

// enrol puts officials, areas, crowds and residents on the roll by the verbs of the command line.
func (k *killRoom) enrol(residents int) {
	k.run("", "agencies", "add", "ct", "--name", "Sample agency", "--jurisdiction", "CT", "--zone", "America/New_York",
		"--sender", "alerts@ct.example.org", "--undo", "1s")
	for who, roles := range map[string]string{"ada": "drafter,directory,admin", "bob": "approver"} {
		var key struct{ Key string }
		k.ok(json.Unmarshal(k.run("", "officials", "add", who, "--agency", "ct", "--name", who, "--roles", roles), &key))
		k.keys[who] = key.Key
	}
	for _, file := range []string{"areas", "numbers"} {
		data, err := sample.ReadFile("sample/" + file + ".csv")
		k.ok(err)
		k.write(file+".csv", string(data))
		k.run("ada", file, "import", filepath.Join(k.dir, file+".csv"))
	}
	k.run("ada", "outlets", "add", "cap", "--name", "feed", "--areas", "CT", "--langs", "en,es")
	for i := range 3 {
		hook := k.far.discord.Add()
		k.hooks = append(k.hooks, hook)
		k.outlet("discord", i, hook)
	}
	for i := range 2 {
		account := k.far.mastodon.Add(fmt.Sprint("crowd", i))
		k.accts = append(k.accts, account)
		k.outlet("mastodon", i, strings.ReplaceAll(account, k.far.mastodon.Base(), k.crowds.mastodon.URL))
	}
	k.enrolResidents(residents)
}

func (k *killRoom) outlet(channel string, i int, to string) {
	file := channel + strconv.Itoa(i)
	k.write(file, to)
	k.run("ada", "outlets", "add", channel, "--name", file, "--areas", "CT", "--langs", "en,es", "--to", "file:"+file)
}

func (k *killRoom) enrolResidents(n int) {
	k.residents = n
	zips := []string{"06107", "06880", "06824", "06413", "06058", "06037", "06850", "06103", "06450"}
	rows := [][]string{{"channel", "destination", "places", "langs", "consent_source", "consent_date"}}
	for i := range n {
		channel, to := "email", fmt.Sprintf("resident%d@example.org", i)
		if i%2 == 1 {
			channel, to = "push", k.far.push.Subscribe(k.keys["push"])
		}
		rows = append(rows, []string{channel, to, zips[i%len(zips)], []string{"en", "es en"}[i/2%2], "test", "2024-01-01"})
	}
	k.write("subscribers.csv", csvOf(rows))
	k.run("ada", "subscribers", "import", filepath.Join(k.dir, "subscribers.csv"))
}

// approve declares an alert and has the second person approve it: from then on it must be told.
func (k *killRoom) approve() {
	data, err := sample.ReadFile("sample/1-alert.yaml")
	k.ok(err)
	now := time.Now()
	k.write("alert.yaml", strings.NewReplacer("BEGAN", now.Add(-30*time.Minute).Format(time.RFC3339),
		"NEXT", now.Add(time.Hour).Format(time.RFC3339)).Replace(string(data)))
	var draft struct{ ID, Outage, Code string }
	k.ok(json.Unmarshal(k.run("ada", "outage", "declare", "-f", filepath.Join(k.dir, "alert.yaml"), "--submit"), &draft))
	k.run("bob", "outage", "approve", draft.ID, "--code", draft.Code)
	k.outage = draft.Outage
}

// feed returns the links of the feed of 48 hours, as an aggregator finds them.
func (k *killRoom) feed() []string {
	res, err := http.Get(k.keys["url"] + "/cap/all/rss.xml")
	k.ok(err)
	defer res.Body.Close()
	var rss struct {
		Links []string `xml:"channel>item>link"`
	}
	k.ok(xml.NewDecoder(res.Body).Decode(&rss))
	return rss.Links
}

// crowdProxy stands before the stand-ins of Discord and Mastodon. It can hold back the answer to a request
// that they granted, and does not give it any more: that is the moment to kill the sender.
type crowdProxy struct {
	discord, mastodon *httptest.Server

	mu    sync.Mutex
	armed []*arm
}

// arm is a moment to come: the n-th request from now on that is granted on a path.
type arm struct {
	path    string
	left    int
	reached bool
}

func startCrowdProxy(t *testing.T, discord, mastodon string) *crowdProxy {
	p := &crowdProxy{}
	start := func(to string) *httptest.Server {
		u, err := url.Parse(to)
		if err != nil {
			t.Fatal(err)
		}
		proxy := &httputil.ReverseProxy{
			Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(u) },
			ModifyResponse: p.granted,
			ErrorHandler:   func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
		}
		s := httptest.NewServer(proxy)
		t.Cleanup(s.Close)
		return s
	}
	p.discord, p.mastodon = start(discord), start(mastodon)
	return p
}

// after is the moment when the n-th post from now on to a path was granted, and its answer is held back.
func (p *crowdProxy) after(path string, n int) func() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := &arm{path: path, left: n}
	p.armed = append(p.armed, a)
	return func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return a.reached
	}
}

func (p *crowdProxy) granted(res *http.Response) error {
	if res.StatusCode < 300 && res.Request.Method == http.MethodPost && p.counts(res.Request.URL.Path) {
		<-res.Request.Context().Done() // the sender is dead
		return errors.New("killed")
	}
	return nil
}

// counts counts a request, and reports whether it is one that a moment is made of.
func (p *crowdProxy) counts(path string) (now bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range p.armed {
		if strings.Contains(path, a.path) && !a.reached {
			a.left--
			a.reached = a.left == 0
			now = now || a.reached
		}
	}
	return now
}
