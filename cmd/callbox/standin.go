package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path"
	"strings"
	"sync"
	"time"

	"callbox/internal/store"
	"callbox/internal/web"
)

// standInLook is how often a process without a database looks for it.
const standInLook = 2 * time.Second

// standsIn serves the last copy of the public pages and the feed while the database cannot be opened, and
// reports whether it can be now. Without a copy on disk, or when the error is of something else, there is
// nothing to do but to end with it.
func (e *env) standsIn(failure error) bool {
	trouble, ok := errors.AsType[*store.Trouble](failure)
	if !ok || e.ctx.Err() != nil {
		return false
	}
	c, err := loadConfig(e.cfgFile)
	if err != nil || c.Export == "" {
		return false
	}
	copied, err := os.OpenRoot(inDir(c.dir, c.Export))
	if err != nil {
		return false
	}
	defer copied.Close()
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return false
	}
	log := slog.New(slog.NewTextHandler(e.err, nil))
	log.Error("the database cannot be opened: the last copy of the pages and the feed is served meanwhile, nothing is sent", "why", trouble)
	server := &http.Server{Handler: standIn(copied.FS(), trouble.Words), ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10}
	var wg sync.WaitGroup
	wg.Go(func() { _ = server.Serve(l) }) // until it is closed
	defer wg.Wait()
	defer server.Close()
	look := time.NewTicker(standInLook)
	defer look.Stop()
	for {
		select {
		case <-e.ctx.Done():
			return false
		case <-look.C:
			if c.databaseAnswers(e.ctx) {
				log.Info("the database is back")
				return true
			}
		}
	}
}

// databaseAnswers reports whether the database can be opened.
func (c config) databaseAnswers(ctx context.Context) bool {
	where, err := c.database()
	if err != nil {
		return false
	}
	s, err := store.Open(ctx, where, nil, nil)
	return err == nil && s.Close() == nil
}

// standIn is a site of plain files. What needs the database says that it is away, and why.
func standIn(files fs.FS, why string) http.Handler {
	away := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "60")
		http.Error(w, "This cannot be done at the moment. The pages still tell what is known; please try again in a few minutes.", http.StatusServiceUnavailable)
	})
	read := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			away(w, r)
			return
		}
		serveCopy(w, r, files)
	})
	return web.New(web.Surfaces{Pages: read, Feed: read, API: away, Ready: func() error { return errors.New(why) }})
}

// serveCopy serves the file of an address: itself, its index.html, or the page for addresses without one.
// Drills are never in a copy.
func serveCopy(w http.ResponseWriter, r *http.Request, files fs.FS) {
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	status := http.StatusOK
	f, err := openCopy(files, name)
	if err != nil {
		status = http.StatusNotFound
		if f, err = openCopy(files, "404.html"); err != nil {
			http.NotFound(w, r)
			return
		}
	}
	defer f.Close()
	at, err := f.Stat()
	content, seeks := f.(io.ReadSeeker)
	if err != nil || !seeks {
		http.NotFound(w, r)
		return
	}
	if name == "alerts/active" {
		w.Header().Set("Content-Type", "application/geo+json")
	}
	w.Header().Set("Cache-Control", "public, max-age=30")
	if status != http.StatusOK {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		_, _ = io.Copy(w, content) // who left does not read it
		return
	}
	http.ServeContent(w, r, at.Name(), at.ModTime(), content)
}

func openCopy(files fs.FS, name string) (fs.File, error) {
	for _, candidate := range []string{path.Join(name, "index.html"), name} {
		f, err := files.Open(candidate)
		if err != nil {
			continue
		}
		if at, err := f.Stat(); err == nil && at.Mode().IsRegular() {
			return f, nil
		}
		f.Close()
	}
	return nil, fmt.Errorf("no copy of this page: %w", fs.ErrNotExist)
}
