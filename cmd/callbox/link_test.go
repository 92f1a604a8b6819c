package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"callbox/outages"
)

func TestTheLinkOfAMessageEndsInItsCode(t *testing.T) {
	e := &testscript.Env{WorkDir: t.TempDir()}
	if err := install(e); err != nil {
		t.Fatal(err)
	}
	err := opened(filepath.Join(e.WorkDir, "callbox.toml"), func(_ context.Context, p *program) error {
		for want, b := range map[string]outages.Bulletin{
			"/outages/o#": {Outage: "o", Seq: 2, Mode: outages.Live, Kind: outages.Update},
			"/tests/o#":   {Outage: "o", Seq: 1, Mode: outages.Test, Kind: outages.Alert},
		} {
			if got := p.page(b); !strings.HasPrefix(got, p.cfg.PublicURL+want) || !strings.HasSuffix(got, p.desk.BulletinCode(b)) {
				t.Errorf("a %s links to %s, want %s%s and its code", b.Mode, got, p.cfg.PublicURL, want)
			}
		}
		renewal := outages.Bulletin{Outage: "o", Seq: 3, Mode: outages.Live, Kind: outages.Renewal}
		if got := p.page(renewal); got != p.cfg.PublicURL+"/outages/o" {
			t.Errorf("a renewal, which nobody reads, links to %s", got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestASecondHostGetsPagesAndFeed(t *testing.T) {
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
		if err := errors.Join(s.publish(ctx), s.copyOnce(ctx)); err != nil {
			return err
		}
		for _, file := range []string{"index.html", "es/index.html", "404.html", "sw.js", "cap/atom.xml"} {
			if _, err := os.Stat(filepath.Join(p.cfg.Export, filepath.FromSlash(file))); err != nil {
				t.Errorf("the copy lacks %s: %v", file, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
