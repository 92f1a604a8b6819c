package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"callbox/areas"
	"callbox/channels"
	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/subscribers"
)

type areasCmd struct {
	Import areasImportCmd `cmd:"" help:"Take over towns and dispatch districts with their ZIP codes from a CSV file."`
	Export areasExportCmd `cmd:"" help:"Write them as a CSV file that imports to the same."`
	Find   areasFindCmd   `cmd:"" help:"Find an area by its ID or name."`
}

type areasImportCmd struct {
	File string `arg:"" help:"CSV file." type:"existingfile"`
}

func (c *areasImportCmd) Run(e *env) error {
	return e.importing(c.File, func(p *program, a officials.Actor, f *os.File) (desk.Imported, error) {
		return p.desk.ImportAreas(e.ctx, a, f)
	})
}

// importing opens a file for an import and prints what it did.
func (e *env) importing(file string, do func(*program, officials.Actor, *os.File) (desk.Imported, error)) error {
	return e.acting(func(p *program, a officials.Actor) error {
		f, err := os.Open(file)
		if err != nil {
			return usageError{err}
		}
		defer f.Close()
		done, err := do(p, a, f)
		if report, ok := errors.AsType[areas.Report](err); ok {
			return fmt.Errorf("%s: nothing was taken over:\n%w", filepath.Base(file), report)
		}
		if err != nil {
			return err
		}
		if done.Proposal != "" {
			e.result(done, func(w io.Writer) {
				fmt.Fprintf(w, "An outage is live: a second person has to agree. Next, by them: callbox proposals accept %s\n", done.Proposal)
			})
			return errWaits
		}
		e.result(done, func(w io.Writer) {
			for _, x := range done.Warnings {
				fmt.Fprintf(w, "warning: %v\n", x)
			}
			fmt.Fprintf(w, "Took over %d lines.\n", done.Lines)
			if done.Refiled > 0 {
				fmt.Fprintf(w, "%d subscribers now belong to other areas.\n", done.Refiled)
			}
		})
		return nil
	})
}

type areasExportCmd struct{}

func (*areasExportCmd) Run(e *env) error {
	return e.acting(func(p *program, a officials.Actor) error {
		h, err := p.desk.Holdings(e.ctx, a)
		if err != nil {
			return err
		}
		if e.asJSON {
			e.json(h)
			return nil
		}
		return areas.WriteAreas(e.out, h.Areas, h.ZIPs)
	})
}

type areasFindCmd struct {
	Name string `arg:"" help:"An ID, or a name such as \"West Hartford, CT\"."`
}

func (c *areasFindCmd) Run(e *env) error {
	return e.with(func(p *program) error {
		book, err := p.desk.Book(e.ctx)
		if err != nil {
			return err
		}
		a, err := book.Find(c.Name)
		if err != nil {
			return usageError{err}
		}
		e.result(a, func(w io.Writer) {
			fmt.Fprintf(w, "%s\t%s\tSAME %v\twithin %s\n", a.ID, a.FullName(), a.SAME, a.Within)
		})
		return nil
	})
}

type numbersCmd struct {
	Import   numbersImportCmd   `cmd:"" help:"Replace the numbers and ways of the areas that a CSV file names."`
	Export   numbersExportCmd   `cmd:"" help:"Write the directory as a CSV file that imports to the same."`
	Due      numbersDueCmd      `cmd:"" help:"List the numbers that somebody should ring."`
	Confirm  numbersConfirmCmd  `cmd:"" help:"Record that you rang a number, and whether somebody answered."`
	Flag     numbersFlagCmd     `cmd:"" help:"Take a number that does not answer out of use, and draft updates of the outages that print it."`
	Coverage numbersCoverageCmd `cmd:"" help:"Say how complete the directory is, score every area, and name those without a number."`
	History  numbersHistoryCmd  `cmd:"" help:"Tell what was done to the numbers of an area: who added, changed, removed or rang them."`
}

type numbersDueCmd struct{}

func (*numbersDueCmd) Run(e *env) error {
	return e.acting(func(p *program, a officials.Actor) error {
		due, err := p.desk.Due(e.ctx, a)
		if err != nil {
			return err
		}
		e.result(due, func(w io.Writer) {
			for _, n := range due {
				since := "never confirmed"
				if !n.ConfirmedAt.IsZero() {
					since = fmt.Sprintf("confirmed %s by %s", n.ConfirmedAt.Format("2006-01-02"), n.ConfirmedBy)
				}
				if n.Unanswered > 0 {
					since += fmt.Sprintf(", then unanswered %d times", n.Unanswered)
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", n.Area, n.For, n.Tel.Local(), since)
			}
			fmt.Fprintf(w, "%d numbers are due. Ring each, say that you test the list, and ask: do you answer emergencies on this line while 911 is out?\n", len(due))
		})
		return nil
	})
}

type numbersFlagCmd struct {
	Area string `arg:"" help:"The area, by ID or name."`
	Tel  string `arg:"" help:"The number."`
	For  string `help:"What it is for." enum:"police,fire,medical,all,relay" default:"all"`
}

func (c *numbersFlagCmd) Run(e *env) error {
	return e.acting(func(p *program, a officials.Actor) error {
		n, err := e.number(p, c.Area, c.Tel, c.For)
		if err != nil {
			return err
		}
		drafts, err := p.desk.FlagNumber(e.ctx, a, n)
		if err != nil {
			return err
		}
		e.result(drafts, func(w io.Writer) {
			fmt.Fprintf(w, "%s is not printed any more until somebody answers it.\n", n.Tel.Local())
			for _, d := range drafts {
				fmt.Fprintf(w, "Outage %s still prints it. Draft %s takes it out; next: callbox outage submit %s\n", d.Outage, d.ID, d.ID)
			}
		})
		return nil
	})
}

// number reads a number of the directory as it is typed.
func (e *env) number(p *program, area, tel, need string) (areas.Number, error) {
	book, err := p.desk.Book(e.ctx)
	if err != nil {
		return areas.Number{}, err
	}
	a, err := book.Find(area)
	if err != nil {
		return areas.Number{}, usageError{err}
	}
	t, err := areas.ParseTel(tel)
	if err != nil {
		return areas.Number{}, usageError{err}
	}
	return areas.Number{Area: a.ID, Tel: t, For: areas.Need(need)}, nil
}

type numbersConfirmCmd struct {
	Area       string `arg:"" help:"The area, by ID or name."`
	Tel        string `arg:"" help:"The number."`
	For        string `help:"What it is for." enum:"police,fire,medical,all,relay" default:"all"`
	Unanswered bool   `help:"Nobody answered."`
}

func (c *numbersConfirmCmd) Run(e *env) error {
	return e.acting(func(p *program, a officials.Actor) error {
		n, err := e.number(p, c.Area, c.Tel, c.For)
		if err != nil {
			return err
		}
		n, err = p.desk.ConfirmNumber(e.ctx, a, n, !c.Unanswered)
		if err != nil {
			return err
		}
		e.result(n, func(w io.Writer) {
			switch {
			case n.Silent():
				fmt.Fprintf(w, "%s went unanswered %d times in a row: it is not printed until somebody answers.\n", n.Tel.Local(), n.Unanswered)
			case n.Unanswered > 0:
				fmt.Fprintf(w, "%s went unanswered once. One more hides it.\n", n.Tel.Local())
			default:
				fmt.Fprintf(w, "%s of %s answers.\n", n.Tel.Local(), n.Area)
			}
		})
		return nil
	})
}

type numbersCoverageCmd struct{}

func (*numbersCoverageCmd) Run(e *env) error {
	return e.acting(func(p *program, a officials.Actor) error {
		c, err := p.desk.Coverage(e.ctx, a)
		if err != nil {
			return err
		}
		e.result(c, func(w io.Writer) {
			for _, area := range c.Missing {
				fmt.Fprintf(w, "no number\t%s\t%s\n", area.ID, area.FullName())
			}
			for _, s := range c.Standings {
				fmt.Fprintf(w, "%3d\t%s\t%d numbers%s\n", s.Score, s.Area, s.Numbers, lacks(s))
			}
			fmt.Fprintf(w, "%d of %d areas have a number; the score is %d of 100.\n", c.With, c.Areas, c.Score)
			fmt.Fprintf(w, "%d of %d ZIP codes have one around the clock.\n", c.Always, c.ZIPs)
			if c.Expired > 0 {
				fmt.Fprintf(w, "In %d areas nobody confirmed one for 180 days: callbox numbers due\n", c.Expired)
			}
		})
		return nil
	})
}

// lacks says what an area with numbers is missing.
func lacks(s areas.Standing) string {
	var out string
	for _, x := range []struct {
		has  bool
		what string
	}{{s.Always, "none around the clock"}, {s.Confirmed, "none confirmed lately"}, {s.Needs, "not for police, fire and medical"},
		{s.Apart, "no two known to ride on different carriers"}} {
		if s.Numbers > 0 && !x.has {
			out += "; " + x.what
		}
	}
	return out
}

type numbersHistoryCmd struct {
	Area string `arg:"" help:"The area, by ID or name."`
	Tel  string `arg:"" optional:"" help:"One number of it."`
}

func (c *numbersHistoryCmd) Run(e *env) error {
	return e.acting(func(p *program, a officials.Actor) error {
		book, err := p.desk.Book(e.ctx)
		if err != nil {
			return err
		}
		area, err := book.Find(c.Area)
		if err != nil {
			return usageError{err}
		}
		n := areas.Number{Area: area.ID}
		if c.Tel != "" {
			if n.Tel, err = areas.ParseTel(c.Tel); err != nil {
				return usageError{err}
			}
		}
		entries, err := p.desk.NumberHistory(e.ctx, a, n)
		if err != nil {
			return err
		}
		e.result(entries, func(w io.Writer) {
			for _, x := range entries {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", x.At.Format(time.RFC3339), x.Actor, strings.TrimPrefix(x.Action, "number."),
					strings.TrimPrefix(x.Object, string(area.ID)+" "), x.Detail)
			}
			fmt.Fprintf(w, "%d entries for %s.\n", len(entries), area.FullName())
		})
		return nil
	})
}

type numbersImportCmd struct {
	File string `arg:"" help:"CSV file." type:"existingfile"`
}

func (c *numbersImportCmd) Run(e *env) error {
	return e.importing(c.File, func(p *program, a officials.Actor, f *os.File) (desk.Imported, error) {
		return p.desk.ImportDirectory(e.ctx, a, f)
	})
}

type numbersExportCmd struct{}

func (*numbersExportCmd) Run(e *env) error {
	return e.acting(func(p *program, a officials.Actor) error {
		h, err := p.desk.Holdings(e.ctx, a)
		if err != nil {
			return err
		}
		if e.asJSON {
			e.json(map[string]any{"numbers": h.Numbers, "ways": h.Ways})
			return nil
		}
		return areas.WriteDirectory(e.out, areas.Directory{Numbers: h.Numbers, Ways: h.Ways})
	})
}

type subscribersCmd struct {
	Import   subscribersImportCmd   `cmd:"" help:"Take over residents from a CSV file."`
	Export   subscribersExportCmd   `cmd:"" help:"Write the roll with its addresses in plain. It is recorded."`
	Overview subscribersOverviewCmd `cmd:"" help:"Count who follows which area, by channel and language."`
}

type subscribersImportCmd struct {
	File string `arg:"" help:"CSV file." type:"existingfile"`
}

func (c *subscribersImportCmd) Run(e *env) error {
	return e.importing(c.File, func(p *program, a officials.Actor, f *os.File) (desk.Imported, error) {
		bar := e.bar(-1, "subscribers")
		done, err := p.desk.ImportSubscribers(e.ctx, a, f, func(n int) { _ = bar.Set(n) })
		_ = bar.Exit()
		return done, err
	})
}

// bar shows progress where somebody looks at a terminal, and nothing elsewhere. A total of -1 is unknown.
func (e *env) bar(total int, what string) *progressbar.ProgressBar {
	f, ok := e.err.(*os.File)
	visible := ok && term.IsTerminal(int(f.Fd()))
	return progressbar.NewOptions(total, progressbar.OptionSetWriter(e.err), progressbar.OptionSetVisibility(visible),
		progressbar.OptionSetDescription(what), progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionClearOnFinish())
}

type subscribersExportCmd struct{}

func (*subscribersExportCmd) Run(e *env) error {
	return e.acting(func(p *program, a officials.Actor) error { return p.desk.ExportSubscribers(e.ctx, a, e.out) })
}

type outletsCmd struct {
	Add outletAddCmd `cmd:"" help:"Put a crowd on the roll."`
}

type outletAddCmd struct {
	Channel string   `arg:"" enum:"discord,mastodon,cap" help:"discord, mastodon or cap."`
	Name    string   `required:"" help:"What officials call it."`
	Areas   []string `required:"" help:"The areas it hears of: GEOIDs or names. There is no default area."`
	List    string   `enum:"live,drill" default:"live" help:"live or drill."`
	Langs   []string `default:"en" help:"Languages, best first."`
	Tests   bool     `help:"Hears test bulletins too."`
	To      string   `help:"Where the destination stands: file:NAME or env:NAME. It is a webhook URL (discord), JSON with server, token and visibility (mastodon), or nothing (cap)."`
}

func (c *outletAddCmd) Run(e *env) error {
	return e.acting(func(p *program, a officials.Actor) error {
		book, err := p.desk.Book(e.ctx)
		if err != nil {
			return err
		}
		o := subscribers.Outlet{Name: c.Name, List: subscribers.List(c.List), Langs: c.Langs, WantsTests: c.Tests}
		for _, name := range c.Areas {
			area, err := book.Find(name)
			if err != nil {
				return usageError{fmt.Errorf("--areas: %w", err)}
			}
			o.Areas = append(o.Areas, area.ID)
		}
		to := c.List
		if c.Channel != string(channels.CAP) {
			if to, err = secret(c.To).read("."); err != nil || to == "" {
				return usageError{fmt.Errorf("--to: %w", errors.Join(err, errors.New("name the file or variable that holds the destination")))}
			}
		}
		if err := p.desk.Outlet(e.ctx, a, o, channels.Name(c.Channel), subscribers.NewDestination(to)); err != nil {
			return err
		}
		e.result(map[string]any{"channel": c.Channel, "name": o.Name, "list": o.List, "areas": o.Areas}, func(w io.Writer) {
			fmt.Fprintf(w, "%s is on the %s list and hears of %s.\n", o.Name, o.List, ids(o.Areas))
		})
		return nil
	})
}
