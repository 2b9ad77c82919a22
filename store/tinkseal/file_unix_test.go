//go:build unix

package tinkseal

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Opening a FIFO for reading waits for a writer, which may never come.
func TestReadRejectsFIFO(t *testing.T) {
	t.Parallel()
	file := newFile(t)
	if err := syscall.Mkfifo(file.Path, 0o600); err != nil {
		skip(t, err)
	}
	link := newFile(t)
	if err := os.Symlink(file.Path, link.Path); err != nil {
		skip(t, err)
	}
	for _, read := range []func() (*Keyset, error){
		func() (*Keyset, error) { return file.Read(t.Context()) },
		func() (*Keyset, error) { return link.Read(t.Context()) },
		func() (*Keyset, error) { return file.Change(t.Context(), (*Keyset).AddKey) },
	} {
		done := make(chan error, 1)
		go func() {
			_, err := read()
			done <- err
		}()
		select {
		case err := <-done:
			if err == nil || !strings.Contains(err.Error(), "is not a regular file") {
				t.Errorf("the error is %v, want \"is not a regular file\" in it", err)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("reading a FIFO without a writer does not return")
		}
	}
}

func TestChangeKeepsOwner(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		skip(t, "only root can change the owner of a file")
	}
	file := newFile(t)
	created(t, file)
	const uid, gid = 12345, 23456
	if err := os.Chown(file.Path, uid, gid); err != nil {
		skip(t, err)
	}
	if _, err := file.Change(t.Context(), (*Keyset).AddKey); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file.Path)
	if err != nil {
		t.Fatal(err)
	}
	if stat := info.Sys().(*syscall.Stat_t); stat.Uid != uid || stat.Gid != gid {
		t.Errorf("the owner is %d:%d, want %d:%d", stat.Uid, stat.Gid, uid, gid)
	}
}
