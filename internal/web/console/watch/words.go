package watch

import (
	"fmt"
	"strings"
	"time"

	"callbox/channels"
	"callbox/internal/dispatch"
	"callbox/internal/store"
	"callbox/internal/web/console/account"
)

// names are the channels as officials call them.
var names = map[channels.Name]string{channels.Push: "Web push", channels.Email: "E-mail", channels.Discord: "Discord",
	channels.Mastodon: "Mastodon", channels.CAP: "Feed"}

// proves says what it means that a far side took a message, and what it does not.
var proves = map[channels.Name]string{
	channels.Push:     "The push service took it for the device. That is not yet shown, and not read.",
	channels.Email:    "A mail server took it. That is not read; a later bounce moves it out of this column.",
	channels.Discord:  "It stands in the Discord channel. Who read it is not known.",
	channels.Mastodon: "It stands on the Mastodon account. Who read it is not known.",
	channels.CAP:      "It stands in the feed. Aggregators fetch it when they next ask.",
}

// fates say how a delivery ended that was not accepted.
var fates = map[dispatch.Fate]string{dispatch.Waiting: "is tried again", dispatch.Refused: "was refused", dispatch.Gone: "is gone",
	dispatch.Expired: "ran out of time", dispatch.Overtaken: "was overtaken", dispatch.Stopped: "was stopped", dispatch.Uncertain: "may have arrived"}

// nextStep says what becomes of deliveries that failed, and what a person can do.
func nextStep(r store.Reason) string {
	switch r.Fate {
	case dispatch.Waiting:
		return "It is tried again by itself, with longer pauses. Nothing to do."
	case dispatch.Gone:
		return "The far side says that the address no longer exists. It was taken off the list."
	case dispatch.Refused:
		return "It will not be taken for this address. If there are many, ask whoever runs the far side."
	case dispatch.Expired:
		return "The bulletin's time ran out first. Reach these areas by radio or patrol."
	case dispatch.Uncertain:
		return "It cannot be asked whether it arrived, and is not repeated. Look at the channel yourself."
	case dispatch.Overtaken:
		return "A newer bulletin went to them instead."
	case dispatch.Stopped:
		return "It was stopped, by the reader or by an official."
	}
	return ""
}

// percent prints a part of a whole: "85.8 %". Something short of all is never printed as 100 %.
func percent(part, whole int) string {
	if whole == 0 {
		return "-"
	}
	tenths := part * 1000 / whole
	if tenths%10 == 0 {
		return fmt.Sprintf("%d %%", tenths/10)
	}
	return fmt.Sprintf("%d.%d %%", tenths/10, tenths%10)
}

// sum is the line that shows that nobody is lost: every part, also those that are none where a reader may
// look for them.
func sum(t store.Totals) string {
	var parts []string
	for _, p := range []struct {
		n      int
		what   string
		always bool
	}{
		{t.Accepted, "accepted", true}, {t.Waiting, "waiting", true}, {t.Refused, "refused", true}, {t.Gone, "gone", true},
		{t.Expired, "expired", true}, {t.Overtaken, "overtaken by a newer bulletin", false}, {t.Stopped, "stopped", false},
		{t.Uncertain, "uncertain", false},
	} {
		if p.n > 0 || p.always {
			parts = append(parts, account.Count(p.n)+" "+p.what)
		}
	}
	return account.Count(t.Targeted) + " targeted = " + strings.Join(parts, " + ")
}

// seconds prints a time of day with its seconds.
func seconds(t time.Time, zone *time.Location) string { return t.In(zone).Format("3:04:05\u00a0PM") }
