package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"net/http"
	"sync"
)

type user struct {
	Name, Organisation, password string
	Viewer                       bool // may list and read only
}

// demoUsers replaces a table of users with hashed passwords.
var demoUsers = map[string]user{
	"ada": {Name: "ada", Organisation: "8", password: "demo-8"},
	"bob": {Name: "bob", Organisation: "9", password: "demo-9", Viewer: true},
}

// sessions maps the value of a cookie to a user. A real host stores sessions in its database, because these
// are lost when the process ends and unknown to other replicas.
var sessions sync.Map

const sessionCookie = "__Host-session" // the prefix makes browsers send it to this host only, over TLS

func login(w http.ResponseWriter, r *http.Request) {
	user, ok := demoUsers[r.PostFormValue("name")]
	if !ok || subtle.ConstantTimeCompare([]byte(user.password), []byte(r.PostFormValue("password"))) != 1 {
		http.Error(w, "Wrong name or password.", http.StatusUnauthorized)
		return
	}
	token := rand.Text()
	sessions.Store(token, user)
	http.SetCookie(w, &http.Cookie{
		Name: sessionCookie, Value: token, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

type userKey struct{}

// withUser adds the user of the session to the request. It rejects no request: each handler responds to
// anonymous requests in its own format.
func withUser(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if cookie, err := r.Cookie(sessionCookie); err == nil {
			user, _ := sessions.Load(cookie.Value)
			r = r.WithContext(context.WithValue(r.Context(), userKey{}, user))
		}
		next.ServeHTTP(w, r)
	})
}
