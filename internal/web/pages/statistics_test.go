package pages_test

import (
	"testing"
	"time"

	"callbox/internal/web/webtest"
)

func TestAnAgencyPublishesHowFastItWasWhenItWantsTo(t *testing.T) {
	s := newSite(t)
	s.issue("", webtest.Alert)
	s.says("/en/statistics", "No agency publishes this yet", "!The first word")
	a := s.Ada.Agency
	a.Statistics = true
	s.OK(s.SaveAgency(t.Context(), a))
	s.Pass(time.Minute)
	s.OK(s.Refresh(t.Context()))
	s.says("/en/statistics", a.Name, "The first word came after 31 minutes.")
	s.says("/es/statistics", a.Name, "El primer aviso llegó a los 31 minutos.")
}
