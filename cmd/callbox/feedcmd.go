package main

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"callbox/channels/cap"
	"callbox/internal/officials"
	"callbox/internal/web/feed"
)

type feedCmd struct {
	Check  feedCheckCmd  `cmd:"" help:"Check any CAP document, RSS or Atom feed by our rules."`
	Export feedExportCmd `cmd:"" help:"Write the live feed as plain files, for a second host."`
	IPAWS  feedIPAWSCmd  `cmd:"" name:"ipaws" help:"Copy a document for an IPAWS operator, with a report of the rules it meets. Transmits nothing."`
}

type feedExportCmd struct {
	Dir string `arg:"" help:"Folder to write to." type:"path"`
}

func (c *feedExportCmd) Run(e *env) error {
	return e.with(func(p *program) error {
		f, err := p.feed("")
		if err != nil {
			return err
		}
		if err := f.Export(e.ctx, c.Dir); err != nil {
			return err
		}
		e.result(map[string]string{"folder": c.Dir}, func(w io.Writer) { fmt.Fprintf(w, "The feed is in %s.\n", c.Dir) })
		return nil
	})
}

type feedIPAWSCmd struct {
	Identifier string `arg:"" help:"Of a published document: its file name without .xml."`
	To         string `help:"File to write; the identifier and .xml when empty." type:"path"`
}

// Run writes the copy, unless IPAWS would refuse it, and prints the report.
func (c *feedIPAWSCmd) Run(e *env) error {
	return e.acting(func(p *program, a officials.Actor) error {
		h, err := p.desk.Handover(e.ctx, a, c.Identifier)
		if err != nil {
			return err
		}
		out := struct {
			cap.Handover
			File string `json:"file,omitempty"`
		}{Handover: h}
		if h.Ready() {
			out.File = cmp.Or(c.To, c.Identifier+".xml")
			if err := os.WriteFile(out.File, h.XML, 0o600); err != nil {
				return err
			}
		}
		e.result(out, func(w io.Writer) { printHandover(w, h, out.File) })
		if !h.Ready() {
			return errFindings
		}
		return nil
	})
}

func printHandover(w io.Writer, h cap.Handover, file string) {
	for _, rule := range h.Report {
		mark := "meets"
		if !rule.Meets {
			mark = "BREAKS"
		}
		fmt.Fprintf(w, "%-6s  %-6s  %s\n", mark, rule.Rule, rule.About)
		for _, f := range rule.Findings {
			fmt.Fprintf(w, "                %s: %s\n", f.Place, f.Text)
		}
	}
	if file == "" {
		fmt.Fprintln(w, "IPAWS would refuse this copy, so that none is written.")
		return
	}
	fmt.Fprintf(w, "The copy of %s is in %s. Nothing was transmitted.\n", h.Sent.Format(time.RFC3339), file)
}

type feedCheckCmd struct {
	What string `arg:"" help:"An http or https URL, or a file."`
}

// maxChecked bounds what is read for a check: ten times what Google takes for a feed.
const maxChecked = 9 << 20

func (c *feedCheckCmd) Run(e *env) error {
	data, err := e.fetch(c.What)
	if err != nil {
		return usageError{err}
	}
	findings := feed.Check(data)
	e.result(findings, func(w io.Writer) {
		for _, f := range findings {
			mark := "warning"
			if f.Block {
				mark = "WRONG"
			}
			fmt.Fprintf(w, "%s: %s: %s (%s)\n", mark, f.Place, f.Text, f.Rule)
		}
		if len(findings) == 0 {
			fmt.Fprintln(w, "Clean.")
		}
	})
	if len(findings) > 0 {
		return errFindings
	}
	return nil
}

// fetch reads a file, or a URL with one GET.
func (e *env) fetch(what string) ([]byte, error) {
	if !strings.HasPrefix(what, "http://") && !strings.HasPrefix(what, "https://") {
		return os.ReadFile(what)
	}
	r, err := http.NewRequestWithContext(e.ctx, http.MethodGet, what, nil)
	if err != nil {
		return nil, err
	}
	res, err := (&http.Client{Timeout: 30 * time.Second}).Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %s", r.URL.Host, res.Status)
	}
	data, err := io.ReadAll(io.LimitReader(res.Body, maxChecked+1))
	if err == nil && len(data) > maxChecked {
		err = fmt.Errorf("it is longer than %d bytes", maxChecked)
	}
	return data, err
}

type templatesCmd struct {
	Preview previewCmd `cmd:"" help:"Show every text of a declaration file, by area and language, with its lengths."`
	Check   wordsCmd   `cmd:"" help:"Check the wordings, the built-in ones and those of the configured folder."`
}

type previewCmd struct {
	lintCmd
}

func (c *previewCmd) Run(e *env) error { return c.lintCmd.Run(e) }

type wordsCmd struct{}

func (*wordsCmd) Run(e *env) error {
	c, err := loadConfig(e.cfgFile)
	if err != nil {
		return err
	}
	words, err := loadWordings(c)
	if err != nil {
		return in("wordings", err)
	}
	e.result(map[string]any{"on": words.Langs(), "off": words.Off()}, func(w io.Writer) {
		fmt.Fprintf(w, "Complete: %v\n", words.Langs())
		for _, off := range words.Off() {
			fmt.Fprintf(w, "%s is off: %d phrases are missing; when a person has read them all, mark it with reviewed = {by, date}.\n", off.Lang, off.Missing)
		}
	})
	return nil
}
