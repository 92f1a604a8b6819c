package cap

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/channels/channeltest"
	"callbox/outages"
)

// atlas is the built-in gazetteer with nothing imported.
func atlas(t testing.TB) *areas.Book {
	t.Helper()
	b, err := areas.NewBook(areas.Holdings{})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sketch is the gazetteer with outlines of its own for the kit's towns, so that the golden documents do
// not change with the built-in shapes.
type sketch struct{ *areas.Book }

func (s sketch) Shape(id areas.ID) []areas.Ring {
	if !strings.HasPrefix(string(id), "09110") {
		return s.Book.Shape(id)
	}
	if id == "09110" {
		return []areas.Ring{square(41.5, -73.1, 0.6)}
	}
	town, _ := strconv.Atoi(strings.TrimPrefix(string(id), "0911000"))
	return []areas.Ring{square(41.6+0.004*float64(town%100), -72.9, 0.05)}
}

// square runs counter-clockwise from its south-west corner.
func square(lat, lon, side float64) areas.Ring {
	return areas.Ring{{lat, lon}, {lat, lon + side}, {lat + side, lon + side}, {lat + side, lon}, {lat, lon}}
}

// far is the feed as the far side of the kit: the shelf, which can fail on script.
type far struct {
	Memory
	mu    sync.Mutex
	queue []channeltest.Answer
}

func (f *far) To() string                         { return "" }
func (f *far) Secrets() []string                  { return nil }
func (f *far) Next(answers ...channeltest.Answer) { f.queue = append(f.queue, answers...) }

func (f *far) Put(ctx context.Context, docs []Document) error {
	f.mu.Lock()
	fails := len(f.queue) > 0
	if fails {
		f.queue = f.queue[1:]
	}
	f.mu.Unlock()
	if fails {
		return errors.New("the store is down")
	}
	return f.Memory.Put(ctx, docs)
}

func (f *far) Received() []channeltest.Received {
	var out []channeltest.Received
	for _, d := range f.pick(func(Document) bool { return true }) {
		a, _ := Parse(d.XML)
		r := channeltest.Received{Key: d.Identifier, Wire: d.XML}
		for _, i := range a.Infos {
			r.Screen = append(r.Screen, i.Event, i.Headline, i.Description, i.Instruction, i.SenderName, i.Areas[0].Desc)
		}
		out = append(out, r)
	}
	return out
}

// Promises 3, 5 and 15, by the kit that every channel passes.
func TestTheFeedKeepsThePromisesOfEveryChannel(t *testing.T) {
	book := sketch{atlas(t)}
	channeltest.Run(t, channeltest.Case{
		New: func(t *testing.T) (channels.Channel, channeltest.Far) {
			f := &far{}
			c, err := New(Config{Shelf: f, Atlas: book})
			if err != nil {
				t.Fatal(err)
			}
			return c, f
		},
		Compose: func(m channels.Message) ([][]byte, error) {
			docs, err := Compose(m, Press{Atlas: book}, nil)
			var out [][]byte
			for _, d := range docs {
				out = append(out, d.XML)
			}
			return out, err
		},
		Outcomes: map[channeltest.Answer]channeltest.Outcome{channeltest.Down: channeltest.Later},
		Prepare:  func(m *channels.Message) { m.To = string(m.Mode) },
	})
}

// desk is a channel over a shelf of its own, and the outage it speaks of.
type desk struct {
	*Channel
	shelf *Memory
	atlas Atlas
}

func newDesk(t testing.TB, signer *Signer) desk {
	t.Helper()
	return deskOver(t, sketch{atlas(t)}, signer)
}

func deskOver(t testing.TB, book Atlas, signer *Signer) desk {
	t.Helper()
	shelf := &Memory{}
	c, err := New(Config{Shelf: shelf, Atlas: book, Signer: signer})
	if err != nil {
		t.Fatal(err)
	}
	return desk{c, shelf, book}
}

// message is a sample addressed to its own feed, issued a number of minutes after the kit's moment.
func message(s channeltest.Sample, minutes int) channels.Message {
	m := s.Message()
	m.To = string(m.Mode)
	m.Bulletin.Issued = m.Bulletin.Issued.Add(time.Duration(minutes) * time.Minute)
	m.Bulletin.Expires = m.Bulletin.Expires.Add(time.Duration(minutes) * time.Minute)
	return m
}

// publish sends a message and returns the documents of its receipt.
func (d desk) publish(t testing.TB, m channels.Message) []Document {
	t.Helper()
	receipt, err := d.Send(t.Context(), m)
	if err != nil {
		t.Fatalf("Send of bulletin %d: %v", m.Bulletin.Seq, err)
	}
	var out []Document
	for _, p := range receipt {
		doc, err := d.shelf.Read(t.Context(), p.ID)
		if err != nil {
			t.Fatalf("the receipt names %s: %v", p.ID, err)
		}
		if !p.Sent.Equal(doc.Sent) || !p.Expires.Equal(doc.Expires) {
			t.Errorf("receipt of %s says %v to %v, the document %v to %v", p.ID, p.Sent, p.Expires, doc.Sent, doc.Expires)
		}
		out = append(out, doc)
	}
	return out
}

func parsed(t testing.TB, d Document) Alert {
	t.Helper()
	a, err := Parse(d.XML)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAFeedHasTheNameOfAList(t *testing.T) {
	c := newDesk(t, nil)
	for _, name := range []string{"live", "drill"} {
		if err := c.Check(name); err != nil {
			t.Errorf("Check(%q): %v", name, err)
		}
	}
	for _, name := range []string{"", "test", "Live", "https://example.com/feed"} {
		if err := c.Check(name); err == nil {
			t.Errorf("Check(%q) found nothing wrong", name)
		}
	}
}

// Promise 3.
func TestADrillIsNeverPublishedInAnotherFeed(t *testing.T) {
	d := newDesk(t, nil)
	for _, to := range []string{"live", "test", ""} {
		m := message(channeltest.Sample{Mode: outages.Drill}, 0)
		m.To = to
		_, err := d.Send(t.Context(), m)
		if v, _ := channels.VerdictOf(err); err == nil || v != channels.Refused {
			t.Errorf("to %q: error %v, want refused", to, err)
		}
	}
	m := message(channeltest.Sample{Mode: outages.Drill}, 0)
	m.Mode, m.To = outages.Live, "live"
	if _, err := d.Send(t.Context(), m); err == nil {
		t.Error("a drill's bulletin in a live message was published")
	}
	if got := d.shelf.docs; len(got) != 0 {
		t.Errorf("%d documents were published, want none", len(got))
	}
}

// The live outlet that wants tests has them, in the feed of tests.
func TestATestForTheLiveListAppearsAmongTests(t *testing.T) {
	d := newDesk(t, nil)
	m := message(channeltest.Sample{Mode: outages.Test}, 0)
	m.To = "live"
	if doc := d.publish(t, m)[0]; doc.Feed != outages.Test || parsed(t, doc).Status != "Test" {
		t.Errorf("feed %s, status %s; want test and Test", doc.Feed, parsed(t, doc).Status)
	}
}

// Promise 5: a repeat after a crash publishes nothing twice, even where the key was replaced in between.
func TestARepeatAfterAKeyChangeReturnsTheFirstDocuments(t *testing.T) {
	d := newDesk(t, testSigner(t))
	m := message(channeltest.Sample{Towns: 2}, 0)
	first := d.publish(t, m)
	d.config.Signer = nil
	second := d.publish(t, m)
	for i := range first {
		if !bytes.Equal(first[i].XML, second[i].XML) {
			t.Errorf("document %d changed between two attempts", i+1)
		}
	}
}

func TestAPublishedNameIsNeverUsedForOtherWords(t *testing.T) {
	d := newDesk(t, nil)
	m := message(channeltest.Sample{}, 0)
	before := d.publish(t, m)[0]
	m.Page = "https://callbox.example.org/other"
	_, err := d.Send(t.Context(), m)
	if v, _ := channels.VerdictOf(err); !errors.Is(err, ErrTaken) || v != channels.Refused {
		t.Errorf("error is %v, want refused: %v", err, ErrTaken)
	}
	after, _ := d.shelf.Read(t.Context(), before.Identifier)
	if !bytes.Equal(before.XML, after.XML) {
		t.Error("the published document changed")
	}
}

func TestWhatTheDeskLintsCleanIsPublished(t *testing.T) {
	d := newDesk(t, nil)
	for seq, s := range []channeltest.Sample{{}, {Kind: outages.Update}, {Kind: outages.AllClear}} {
		s.Seq, s.Towns = seq+1, 3
		m := message(s, 10*seq)
		findings, err := d.Lint(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		if blocked := blocking(findings); len(blocked) != 0 {
			t.Errorf("bulletin %d: findings %v, want none", s.Seq, blocked)
		}
		d.publish(t, m)
	}
}

func TestWhatARuleBlocksIsFoundByLintAndRefusedBySend(t *testing.T) {
	d := newDesk(t, nil)
	m := message(channeltest.Sample{}, 0)
	m.Page = "http://callbox.example.org/o/1"
	findings, err := d.Lint(t.Context(), m)
	if err != nil || !slices.Equal(blocking(findings), []string{"cap-12"}) {
		t.Errorf("Lint: %v, %v; want cap-12", findings, err)
	}
	_, err = d.Send(t.Context(), m)
	if v, _ := channels.VerdictOf(err); v != channels.Refused || !strings.Contains(err.Error(), "web") {
		t.Errorf("Send: %v, want refused for its web address", err)
	}
}

func TestTheDemoMayLinkToLoopback(t *testing.T) {
	d := newDesk(t, nil)
	d.config.Loopback = true
	m := message(channeltest.Sample{}, 0)
	m.Page = "http://127.0.0.1:8080/o/1"
	d.publish(t, m)
}

// blocking returns the rules that block, each once, in order.
func blocking(findings []outages.Finding) []string {
	var out []string
	for _, f := range findings {
		if f.Block && !slices.Contains(out, f.Rule) {
			out = append(out, f.Rule)
		}
	}
	return out
}
