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
	Viewer                       bool // may list and read, and change nothing
}

// demoUsers stand in for a table of users with hashed passwords.
var demoUsers = map[string]user{
	"ada": {Name: "ada", Organisation: "8", password: "demo-8"},
	"bob": {Name: "bob", Organisation: "9", password: "demo-9", Viewer: true},
}

// sessions are users by their cookie's value. They stand in for a table, too: these end with the
// process, and other replicas know none of them.
var sessions sync.Map

const sessionCookie = "__Host-session" // the prefix has browsers hold it to this host, and to TLS

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

// withUser puts the session's user into the request. It refuses nobody: what needs a user says so
// in the form of its own answers.
func withUser(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if cookie, err := r.Cookie(sessionCookie); err == nil {
			user, _ := sessions.Load(cookie.Value)
			r = r.WithContext(context.WithValue(r.Context(), userKey{}, user))
		}
		next.ServeHTTP(w, r)
	})
}
