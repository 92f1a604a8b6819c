package bench

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"time"

	"callbox/areas"
	"callbox/channels"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/subscribers"
)

// enrolSpec asks for a database with subscribers.
type enrolSpec struct {
	DB, Keys string // files
	Channel  channels.Name
	N        int
	// Services are the URLs of push services; devices are shared out among them.
	Services []string
}

// enrolled is how long that took.
type enrolled struct{ Seconds, CPU float64 }

// enrolChunk is how many subscribers one transaction takes, as an import does.
const enrolChunk = 500

func enrol(ctx context.Context, spec enrolSpec, say func(any) error) error {
	l, err := openLedger(ctx, spec.DB, spec.Keys)
	if err != nil {
		return err
	}
	defer l.Close()
	err = l.SaveAgency(ctx, officials.Agency{ID: "bench", Name: "Bench", Jurisdiction: []areas.ID{"25"}, Zone: "America/New_York"}, system)
	if err != nil {
		return err
	}
	browser, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	began, cpu := time.Now(), processor()
	for from := 0; from < spec.N; from += enrolChunk {
		var chunk []store.Registration
		for i := from; i < min(from+enrolChunk, spec.N); i++ {
			r := store.Registration{List: subscribers.Live, Langs: langs(i), Areas: []areas.ID{town(i % towns)}, Channel: spec.Channel,
				Places: []areas.Place{{ZIP: areas.ZIP(fmt.Sprintf("%05d", 99000+i%towns))}},
				Active: true, Consent: subscribers.Consent{Source: "bench", At: began}}
			r.Destination = subscribers.NewDestination(fmt.Sprintf("resident%d@example.net", i))
			if spec.Channel == channels.Push {
				service := spec.Services[i%len(spec.Services)]
				r.Destination, r.Host = device(service, i, browser.PublicKey()), service[len("https://"):]
			}
			chunk = append(chunk, r)
		}
		if _, err := l.Enrol(ctx, chunk...); err != nil {
			return err
		}
	}
	return say(enrolled{time.Since(began).Seconds(), (processor() - cpu).Seconds()})
}

// device is the subscription of a browser at a push service. Browsers share a key here; a sender cannot
// tell, and has the same work.
func device(service string, i int, key *ecdh.PublicKey) subscribers.Destination {
	b64 := base64.RawURLEncoding.EncodeToString
	auth := make([]byte, 16)
	_, _ = rand.Read(auth)
	return subscribers.NewDestination(fmt.Sprintf(`{"endpoint":"%s/push/%d","expirationTime":null,"keys":{"p256dh":"%s","auth":"%s"}}`,
		service, i, b64(key.Bytes()), b64(auth)))
}
