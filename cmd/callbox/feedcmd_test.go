package main

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"callbox/channels/cap"
	"callbox/outages"
)

func publish(ts *testscript.TestScript, neg bool, args []string) {
	ts.Check(opened(ts.Getenv("CALLBOX_CONFIG"), func(ctx context.Context, p *program) error {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		p.published = stop
		p.sender.Run(ctx)
		return nil
	}))
}

// A document ends by itself: the second host hears of it although nobody said anything.
func TestTheExportFollowsADocumentThatExpires(t *testing.T) {
	e := &testscript.Env{WorkDir: t.TempDir()}
	if err := install(e); err != nil {
		t.Fatal(err)
	}
	err := opened(filepath.Join(e.WorkDir, "callbox.toml"), func(ctx context.Context, p *program) error {
		p.cfg.Export = filepath.Join(e.WorkDir, "static")
		s, err := p.site(ctx)
		if err != nil {
			return err
		}
		now := time.Now()
		for _, d := range []struct {
			outage  string
			expires time.Duration
		}{{"long", time.Hour}, {"brief", 5 * time.Second}} {
			doc := cap.Document{Identifier: d.outage + "-1", Feed: outages.Live, Incident: d.outage, Seq: 1, Sent: now, Expires: now.Add(d.expires),
				XML: []byte(`<alert xmlns="` + cap.Namespace + `"><identifier>` + d.outage + `-1</identifier><info><language>en-US</language></info></alert>`)}
			if err := p.store.Shelf().Put(ctx, []cap.Document{doc}); err != nil {
				return err
			}
		}
		ctx, stop := context.WithCancel(ctx)
		var done sync.WaitGroup
		done.Go(func() { s.Run(ctx) })
		defer done.Wait()
		defer stop()
		exported(ctx, t, p.cfg.Export, func(rss string) bool { return strings.Contains(rss, "brief-1.xml") })
		exported(ctx, t, p.cfg.Export, func(rss string) bool { return !strings.Contains(rss, "brief-1.xml") })
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// The served copy asks the desk who it is for.
func TestTheCopyForIPAWSIsServedToPeopleOfTheAgency(t *testing.T) {
	e := &testscript.Env{WorkDir: t.TempDir()}
	if err := install(e); err != nil {
		t.Fatal(err)
	}
	err := opened(filepath.Join(e.WorkDir, "callbox.toml"), func(ctx context.Context, p *program) error {
		s, err := p.site(ctx)
		if err != nil {
			return err
		}
		for key, want := range map[string]int{"": 401, "cbx_nobody_x": 401, e.Getenv("ADA"): 404} {
			r := httptest.NewRequest("GET", "/cap/ipaws/nothing-1.xml", nil)
			r.Header.Set("Authorization", "Bearer "+key)
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if w.Code != want {
				t.Errorf("got %d for a document that is not there, want %d", w.Code, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// exported waits until the exported RSS feed is as wanted.
func exported(ctx context.Context, t *testing.T, dir string, want func(rss string) bool) {
	t.Helper()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		rss, err := os.ReadFile(filepath.Join(dir, "cap", "rss.xml"))
		if err == nil && want(string(rss)) {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("the exported feed stays, error %v:\n%s", err, rss)
		case <-look.C:
		}
	}
}

// The report is read by programs too.
func TestTheReportOfAHandoverHasOneFormInJSON(t *testing.T) {
	body, err := json.Marshal(cap.Handover{Identifier: "o-1", Report: []cap.Preflight{{Rule: "cap-1", Meets: true, Findings: outages.Findings{}}}})
	want := `{"identifier":"o-1","sent":"0001-01-01T00:00:00Z","expires":"0001-01-01T00:00:00Z",` +
		`"report":[{"rule":"cap-1","about":"","meets":true,"findings":[]}]}`
	if err != nil || string(body) != want {
		t.Errorf("got %s, %v, want %s", body, err, want)
	}
}
