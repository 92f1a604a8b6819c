package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/internal/desk"
	"callbox/internal/drills"
	"callbox/subscribers"
)

type drillRehearseCmd struct {
	Plans    []string `arg:"" optional:"" help:"The plans; all of them when none is named."`
	Report   string   `help:"Folder to leave the report in, for people (report.md) and for programs (report.json)." type:"path"`
	Contacts int      `help:"How many made-up drill contacts." default:"200"`
}

// stepLasts is how long a step of a rehearsal waits for deliveries. What a provider's fault holds up longer is
// left to the next step, which overtakes it.
const stepLasts = 3 * time.Second

// Run plays ready-made drills from the first draft to the record, in an installation of its own on this
// machine. It fails when a drill does not end, when figures do not add up (promise 13), or when anything but a
// drill arrives anywhere (promise 3).
func (c *drillRehearseCmd) Run(e *env) error {
	return e.aside("127.0.0.1:0", func(d *demo) error {
		fmt.Fprintln(e.err, "A rehearsal: made-up people, made-up numbers (555-01xx), far sides on this machine. Nothing leaves it.")
		if err := errors.Join(d.agency(), d.contacts(c.Contacts)); err != nil {
			return fmt.Errorf("rehearse: %w", err)
		}
		plans, err := drills.Plans()
		if err != nil {
			return err
		}
		for _, p := range plans {
			if len(c.Plans) > 0 && !slices.Contains(c.Plans, p.ID) {
				continue
			}
			fmt.Fprintf(e.err, "%s, after %s: %d steps\n", p.Name, p.After, len(p.Steps))
			if err := d.drill(p); err != nil {
				return fmt.Errorf("rehearse %s: %w", p.ID, err)
			}
		}
		scores, err := d.p.desk.Drills(d.ctx, d.ada)
		if err != nil {
			return err
		}
		slices.Reverse(scores) // oldest first
		if len(scores) == 0 {
			return usageError{fmt.Errorf("no plan is called %s", strings.Join(c.Plans, " or "))}
		}
		e.result(scores, func(w io.Writer) { writeScores(w, scores) })
		return errors.Join(keepScores(c.Report, scores), d.onlyDrills(), sound(scores))
	})
}

// spared is a resident on the live list.
const spared = "resident@example.org"

// contacts puts drill contacts on the roll, and one resident who must hear nothing.
func (d *demo) contacts(n int) error {
	var file bytes.Buffer
	w := csv.NewWriter(&file)
	_ = w.Write([]string{"channel", "destination", "places", "langs", "list", "consent_source", "consent_date"})
	_ = w.Write([]string{"email", spared, "06880", "en", "live", "demo", "2024-01-01"})
	for i := range n {
		channel, to := "email", fmt.Sprintf("contact%d@example.org", i)
		if i%3 == 2 {
			channel, to = "push", d.far.push.Subscribe(d.p.cfg.Push.PublicKey)
		}
		_ = w.Write([]string{channel, to, sampleZIPs[i%len(sampleZIPs)], []string{"en", "es en"}[i%2], "drill", "demo", "2024-01-01"})
	}
	w.Flush()
	if _, err := d.p.desk.ImportSubscribers(d.ctx, d.ada, bytes.NewReader(file.Bytes()), nil); err != nil {
		return fmt.Errorf("contacts: %w", err)
	}
	feed := subscribers.Outlet{Name: "feed", List: subscribers.Drill, Langs: []string{"en", "es"}, Areas: []areas.ID{"09"}}
	return d.p.desk.Outlet(d.ctx, d.ada, feed, channels.CAP, subscribers.NewDestination("drill"))
}

// drill plays one plan: ada submits each step, bob approves it.
func (d *demo) drill(p drills.Plan) error {
	at, err := d.p.desk.StartDrill(d.ctx, d.ada, p.ID)
	for err == nil {
		var draft desk.Draft
		if err = d.acknowledge(at.Draft); err != nil {
			break
		}
		if draft, err = d.p.desk.Submit(d.ctx, d.ada, at.Draft.ID); err != nil {
			break
		}
		if _, err = d.p.desk.Approve(d.ctx, d.bob, draft.ID, desk.Word{Code: draft.Code}); err != nil {
			break
		}
		if err = d.stepped(at.Outage, draft.Seq); err != nil || at.Last() {
			break
		}
		at, err = d.p.desk.NextStep(d.ctx, d.ada, at.Outage)
	}
	return err
}

// acknowledge does what ada would where the drill takes the last number of an area away: she says so.
func (d *demo) acknowledge(draft desk.Draft) error {
	said := draft.Declaration
	for _, a := range draft.Facts.Advice {
		if a.Open() && len(a.Numbers) == 0 && !slices.Contains(said.NoNumber, a.Area.ID) {
			said.NoNumber = append(said.NoNumber, a.Area.ID)
		}
	}
	if len(said.NoNumber) == len(draft.Declaration.NoNumber) {
		return nil
	}
	_, err := d.p.desk.Revise(d.ctx, d.ada, draft.ID, draft.Version, said)
	return err
}

// stepped waits until a bulletin was issued, and until nobody waits for it any more or stepLasts is over.
func (d *demo) stepped(outage string, seq int) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var issued time.Time
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		s, err := d.p.desk.Status(d.ctx, d.ada, outage)
		if err != nil && !errors.Is(err, desk.ErrNotFound) {
			return err
		}
		left := 0
		figures := of(s.Figures, seq)
		for _, f := range figures {
			left += f.Waiting
		}
		if len(figures) > 0 && issued.IsZero() {
			issued = time.Now()
		}
		if len(figures) > 0 && (left == 0 || time.Since(issued) > stepLasts) {
			return nil
		}
		select {
		case <-d.ctx.Done():
			return d.ctx.Err()
		case <-tick.C:
		}
	}
	return fmt.Errorf("bulletin %d was not issued within a minute", seq)
}

// onlyDrills fails when a mail arrived that does not say at its beginning what it is, or that a resident got.
func (d *demo) onlyDrills() error {
	for _, m := range d.far.mail.Mails() {
		if m.To == spared {
			return errors.New("a resident who follows no drills got a mail of one")
		}
		read, err := mail.ReadMessage(bytes.NewReader(m.Data))
		if err != nil {
			return fmt.Errorf("a mail that arrived: %w", err)
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(read.Header.Get("Subject"))
		if err != nil {
			return fmt.Errorf("the subject of a mail that arrived: %w", err)
		}
		if !strings.HasPrefix(subject, "DRILL") && !strings.HasPrefix(subject, "SIMULACRO") {
			return fmt.Errorf("a mail arrived with the subject %q, which does not begin with DRILL", subject)
		}
	}
	return nil
}

// sound returns what is wrong with the drills: one that did not end, or figures that do not add up.
func sound(scores []desk.Score) error {
	var errs []error
	for _, s := range scores {
		if s.Record.Steps.Ended.IsZero() {
			errs = append(errs, fmt.Errorf("%s: no all-clear was issued", s.Drill))
		}
		for _, b := range s.Record.Bulletins {
			for channel, t := range b.Totals {
				if sum := t.Waiting + t.Accepted + t.Refused + t.Gone + t.Expired + t.Overtaken + t.Stopped + t.Uncertain; sum != t.Targeted {
					errs = append(errs, fmt.Errorf("%s, bulletin %d, %s: %d targeted, and the fates add up to %d", s.Drill, b.Seq, channel, t.Targeted, sum))
				}
			}
		}
	}
	return errors.Join(errs...)
}

// writeScores writes how long each drill took.
func writeScores(w io.Writer, scores []desk.Score) {
	for _, s := range scores {
		fmt.Fprintf(w, "%s  %s  %s\n", s.At.Format(time.DateOnly), s.Outage, s.Drill)
		for _, t := range s.Record.Steps.Took() {
			fmt.Fprintf(w, "    %-48s %s\n", t.Step, t.Took)
		}
	}
}

// keepScores leaves the report of a game day in a folder; it does nothing without one.
func keepScores(dir string, scores []desk.Score) error {
	if dir == "" {
		return nil
	}
	var text strings.Builder
	fmt.Fprintf(&text, "# Game day, %s\n", time.Now().Format("January 2, 2006"))
	for _, s := range scores {
		zone, err := time.LoadLocation(s.Record.Zone)
		if err != nil {
			return fmt.Errorf("zone of the agency: %w", err)
		}
		fmt.Fprintf(&text, "\n## %s\n\n```\n", s.Drill)
		writeRecord(&text, s.Record, zone)
		fmt.Fprintln(&text, "```")
	}
	data, err := json.MarshalIndent(scores, "", "\t")
	if err != nil {
		return err
	}
	return errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, "report.md"), []byte(text.String()), 0o644),
		os.WriteFile(filepath.Join(dir, "report.json"), data, 0o644))
}
