package browser

import (
	"bytes"
	"context"
	"regexp"
	"strings"

	"github.com/chromedp/cdproto/backgroundservice"
	browserproto "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// Authenticator is a virtual one that keeps passkeys, such as a phone has inside.
type Authenticator struct {
	tab *Tab
	id  webauthn.AuthenticatorID
}

// Authenticator gives the tab an authenticator that verifies its user at every touch.
func (tab *Tab) Authenticator() *Authenticator {
	tab.T.Helper()
	call(tab, webauthn.Enable, webauthn.EnableParams{})
	r := call(tab, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: "internal", HasResidentKey: true,
		HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}})
	return &Authenticator{tab, r.AuthenticatorID}
}

// Refuse makes the authenticator fail to verify its user from now on, as with a wrong finger.
func (a *Authenticator) Refuse() {
	a.tab.T.Helper()
	call(a.tab, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: a.id, IsUserVerified: false})
}

// Keys counts the passkeys that it holds.
func (a *Authenticator) Keys() int {
	a.tab.T.Helper()
	return len(call(a.tab, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: a.id}).Credentials)
}

// Permit sets a permission of the origin of a URL: "notifications" to "granted", "denied" or "prompt".
func (tab *Tab) Permit(origin, name, setting string) {
	tab.T.Helper()
	ctx, stop := context.WithTimeout(tab.Ctx, patience)
	defer stop()
	_, err := chromedp.CallBrowser(ctx, browserproto.SetPermission, browserproto.SetPermissionParams{
		Permission: &browserproto.PermissionDescriptor{Name: name}, Setting: browserproto.PermissionSetting(setting),
		Origin: origin, BrowserContextID: chromedp.FromContext(tab.Ctx).BrowserContextID})
	tab.must("set a permission", err)
}

// Before runs a script in every page before its own scripts do.
func (tab *Tab) Before(script string) {
	tab.T.Helper()
	call(tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
}

// Push hands a message to the service worker of an origin, as a push service would, and waits until a
// notification of it is on the screen; the page must have registered the worker. Asking the page instead
// would be a race: Chromium forgets a notification that getNotifications finds stored and not yet displayed.
func (tab *Tab) Push(origin, data string) {
	tab.T.Helper()
	ctx, stop := context.WithTimeout(tab.Ctx, patience)
	defer stop()
	id := tab.registration(ctx, origin)
	const notifications = backgroundservice.ServiceNameNotifications
	call(tab, backgroundservice.SetRecording, backgroundservice.SetRecordingParams{ShouldRecord: true, Service: notifications})
	call(tab, backgroundservice.ClearEvents, backgroundservice.ClearEventsParams{Service: notifications})
	events := chromedp.Events(ctx, backgroundservice.BackgroundServiceEventReceived)
	call(tab, backgroundservice.StartObserving, backgroundservice.StartObservingParams{Service: notifications})
	call(tab, serviceworker.DeliverPushMessage, serviceworker.DeliverPushMessageParams{Origin: origin, RegistrationID: id, Data: data})
	for e, err := range events {
		tab.must("see a notification", err)
		if e.BackgroundServiceEvent.EventName == "Notification displayed" {
			break
		}
	}
	call(tab, backgroundservice.StopObserving, backgroundservice.StopObservingParams{Service: notifications})
}

// registration returns what the browser calls the service worker of an origin, which has one.
func (tab *Tab) registration(ctx context.Context, origin string) serviceworker.RegistrationID {
	tab.T.Helper()
	call(tab, serviceworker.Disable, cdp.Empty{}) // what is enabled already says nothing anew
	registered := chromedp.Events(ctx, serviceworker.WorkerRegistrationUpdated)
	call(tab, serviceworker.Enable, cdp.Empty{})
	for e, err := range registered {
		tab.must("find the worker", err)
		for _, r := range e.Registrations {
			if strings.HasPrefix(r.ScopeURL, origin+"/") && !r.IsDeleted {
				return r.RegistrationID
			}
		}
	}
	tab.T.Fatal("no service worker is registered")
	return ""
}

// Cookies returns the cookies that the page's address gets.
func (tab *Tab) Cookies() []*network.Cookie {
	tab.T.Helper()
	return call(tab, network.GetCookies, network.GetCookiesParams{}).Cookies
}

// Pages counts the sheets of Letter paper that the page prints on.
func (tab *Tab) Pages() int {
	tab.T.Helper()
	ctx, stop := context.WithTimeout(tab.Ctx, patience)
	defer stop()
	css := true
	r, err := chromedp.Call(ctx, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: &css})
	tab.must("print", err)
	return len(sheet.FindAll(bytes.TrimSpace(r.Data), -1))
}

// sheet is how a page object begins in a PDF file.
var sheet = regexp.MustCompile(`/Type\s*/Page\b`)
