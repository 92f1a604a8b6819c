package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"strings"
	"time"

	"callbox/channels"
	"callbox/channels/cap"
	"callbox/outages"
)

// published is the feed's channel, which is also asked whether what it published can be read through the
// public URL (promise 11): proxies, caches and second hosts in front included.
type published struct {
	*cap.Channel
	p      *program
	client *http.Client
}

// How long what was published may take to show, and how often it is looked for.
const (
	showWithin = 10 * time.Second
	lookEvery  = 250 * time.Millisecond
)

// ReadBack fetches the documents, the feed that lists them and the page of the outage.
func (p published) ReadBack(ctx context.Context, m channels.Message, r channels.Receipt) error {
	if m.Mode != outages.Live || !p.p.serving.Load() {
		return nil // drills and tests stand behind a key
	}
	ctx, stop := context.WithTimeout(ctx, showWithin)
	defer stop()
	for {
		err := p.shows(ctx, m, r)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(lookEvery):
		}
	}
}

func (p published) shows(ctx context.Context, m channels.Message, r channels.Receipt) error {
	public, shelf := p.p.cfg.PublicURL, p.p.store.Shelf()
	feed, err := p.get(ctx, public+"/cap/all/rss.xml")
	if err != nil {
		return err
	}
	for _, part := range r {
		url := public + "/cap/" + part.ID + ".xml"
		if !bytes.Contains(feed, []byte(url)) {
			return fmt.Errorf("the feed does not list %s", part.ID)
		}
		got, err := p.get(ctx, url)
		if err != nil {
			return err
		}
		want, err := shelf.Read(ctx, part.ID)
		if err != nil {
			return err
		}
		if !bytes.Equal(got, want.XML) {
			return fmt.Errorf("document %s reads otherwise than it was published", part.ID)
		}
	}
	page, err := p.get(ctx, m.Page)
	if err != nil {
		return err
	}
	return carries(html.UnescapeString(string(page)), m)
}

// carries returns an error unless a page has every number that was approved.
func carries(page string, m channels.Message) error {
	for _, text := range m.Texts {
		for _, part := range text.Parts {
			for _, n := range part.Numbers {
				if !strings.Contains(page, n.Local) {
					return errors.New("the page of the outage lacks a number that was approved")
				}
			}
		}
	}
	return nil
}

// Probe fetches the feed and the first page through the public address.
func (p published) Probe(ctx context.Context, _ string) error {
	if !p.p.serving.Load() {
		return nil // asked by a process that serves nothing
	}
	_, feed := p.get(ctx, p.p.cfg.PublicURL+"/cap/rss.xml")
	_, page := p.get(ctx, p.p.cfg.PublicURL+"/")
	return errors.Join(feed, page)
}

func (p published) get(ctx context.Context, url string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Cache-Control", "no-cache")
	res, err := p.client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("the public URL does not answer: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the public URL answers %d for %s", res.StatusCode, r.URL.Path)
	}
	return io.ReadAll(io.LimitReader(res.Body, 4<<20))
}
