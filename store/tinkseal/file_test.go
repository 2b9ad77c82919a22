package tinkseal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func newFile(t *testing.T) File {
	t.Helper()
	return File{Path: filepath.Join(t.TempDir(), "keyset.json")}
}

func created(t *testing.T, file File) *Keyset {
	t.Helper()
	keys, err := file.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// mustHaveFiles fails unless the file's directory contains exactly these names.
func mustHaveFiles(t *testing.T, file File, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(file.Path))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("the directory contains %q, want %q", got, want)
	}
}

func TestCreate(t *testing.T) {
	t.Parallel()
	file := newFile(t)
	keys := created(t, file)
	mustHaveFiles(t, file, "keyset.json")
	info, err := os.Stat(file.Path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the mode is %04o, want 0600", info.Mode().Perm())
	}
	read, err := file.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !opens(t, read, sealed(t, keys)) {
		t.Error("the keyset in the file does not open a secret of the created one")
	}
}

func TestCreateKeepsExistingFile(t *testing.T) {
	t.Parallel()
	file := newFile(t)
	for _, content := range []string{"hunter2", ""} {
		if err := os.WriteFile(file.Path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := file.Create(t.Context())
		if !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), file.Path) {
			t.Errorf("Create = %v, want an error that wraps fs.ErrExist and names the file", err)
		}
		if got, _ := os.ReadFile(file.Path); string(got) != content {
			t.Errorf("the file contains %q, want %q", got, content)
		}
	}
	mustHaveFiles(t, file, "keyset.json")
}

func TestCreateDoesNotFollowLink(t *testing.T) {
	t.Parallel()
	file := newFile(t)
	if err := os.Symlink(file.Path+".elsewhere", file.Path); err != nil {
		skip(t, err)
	}
	if _, err := file.Create(t.Context()); !errors.Is(err, fs.ErrExist) {
		t.Errorf("Create = %v, want fs.ErrExist", err)
	}
	mustHaveFiles(t, file, "keyset.json")
}

func TestCreateConcurrently(t *testing.T) {
	t.Parallel()
	file := newFile(t)
	keysets := make([]*Keyset, 16)
	var all sync.WaitGroup
	for i := range keysets {
		all.Go(func() {
			keys, err := file.Create(t.Context())
			if err != nil && !errors.Is(err, fs.ErrExist) {
				t.Errorf("Create = %v, want fs.ErrExist", err)
			}
			keysets[i] = keys
			if _, err := file.Read(t.Context()); err != nil {
				t.Errorf("Read after Create = %v", err)
			}
		})
	}
	all.Wait()
	read, err := file.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	won := 0
	for _, keys := range keysets {
		if keys == nil {
			continue
		}
		won++
		if keys.String() != read.String() {
			t.Errorf("Create returned the %s, and the file contains the %s", keys, read)
		}
	}
	if won != 1 {
		t.Errorf("%d calls created the file, want 1", won)
	}
	mustHaveFiles(t, file, "keyset.json")
}

func TestReadRejectsOpenModes(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		skip(t, "Windows has no such modes")
	}
	file := newFile(t)
	created(t, file)
	for _, mode := range []fs.FileMode{0o604, 0o640, 0o660, 0o666, 0o601, 0o620} {
		if err := os.Chmod(file.Path, mode); err != nil {
			t.Fatal(err)
		}
		_, err := file.Read(t.Context())
		if err == nil || !strings.Contains(err.Error(), "chmod 600 "+file.Path) {
			t.Errorf("Read at mode %04o = %v, want chmod 600 in the error", mode, err)
		}
		if _, err := file.Change(t.Context(), (*Keyset).AddKey); err == nil {
			t.Errorf("Change succeeded at mode %04o", mode)
		}
	}
	for _, mode := range []fs.FileMode{0o600, 0o400} {
		if err := os.Chmod(file.Path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := file.Read(t.Context()); err != nil {
			t.Errorf("Read at mode %04o = %v", mode, err)
		}
	}
}

func TestMissingFile(t *testing.T) {
	t.Parallel()
	file := newFile(t)
	_, readErr := file.Read(t.Context())
	_, changeErr := file.Change(t.Context(), (*Keyset).AddKey)
	for _, err := range []error{readErr, changeErr} {
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), file.Path) {
			t.Errorf("the error is %v, want it to wrap fs.ErrNotExist and name the file", err)
		}
	}
	mustHaveFiles(t, file)
	if _, err := (File{Path: filepath.Join(file.Path, "x")}).Create(t.Context()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Create in a missing directory = %v, want fs.ErrNotExist", err)
	}
}

func TestReadRejectsInvalidFile(t *testing.T) {
	t.Parallel()
	file := newFile(t)
	for _, content := range []string{"", "hunter2", `{"hunter2":1}`} {
		if err := os.WriteFile(file.Path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := file.Read(t.Context())
		if err == nil || !strings.Contains(err.Error(), file.Path) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("Read of %q = %v, want an error that names the file and does not quote it", content, err)
		}
	}
	if _, err := (File{Path: filepath.Dir(file.Path)}).Read(t.Context()); err == nil {
		t.Error("Read of a directory succeeded")
	}
	for _, do := range []func() (*Keyset, error){
		func() (*Keyset, error) { return File{}.Create(t.Context()) },
		func() (*Keyset, error) { return File{}.Read(t.Context()) },
		func() (*Keyset, error) { return File{}.Change(t.Context(), (*Keyset).AddKey) },
	} {
		if _, err := do(); !errors.Is(err, errNoPath) {
			t.Errorf("without a path, the error is %v", err)
		}
	}
}

func TestChange(t *testing.T) {
	t.Parallel()
	file := newFile(t)
	before := created(t, file)
	if err := os.Chmod(file.Path, 0o400); err != nil {
		t.Fatal(err)
	}
	for _, step := range []func(*Keyset) (*Keyset, error){(*Keyset).AddKey, (*Keyset).Promote, (*Keyset).DisableOld, (*Keyset).EnableOld} {
		changed, err := file.Change(t.Context(), step)
		if err != nil {
			t.Fatal(err)
		}
		read, err := file.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if read.String() != changed.String() {
			t.Errorf("the file contains the %s, want the %s", read, changed)
		}
	}
	read, err := file.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !opens(t, read, sealed(t, before)) {
		t.Error("after the changes, a secret that was sealed before does not open")
	}
	if info, err := os.Stat(file.Path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o400 {
		t.Errorf("Stat = %v, %v; want the mode to stay 0400", info.Mode(), err)
	}
	mustHaveFiles(t, file, "keyset.json")
}

func TestChangeFailureKeepsFile(t *testing.T) {
	t.Parallel()
	file := newFile(t)
	created(t, file)
	before, err := os.ReadFile(file.Path)
	if err != nil {
		t.Fatal(err)
	}
	no := errors.New("no")
	for _, test := range []struct {
		change func(*Keyset) (*Keyset, error)
		want   error
	}{
		{func(*Keyset) (*Keyset, error) { return nil, no }, no},
		{func(*Keyset) (*Keyset, error) { return nil, nil }, errNoKeyset},
	} {
		if _, err := file.Change(t.Context(), test.change); !errors.Is(err, test.want) {
			t.Errorf("Change = %v, want %v", err, test.want)
		}
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = file.Change(t.Context(), func(*Keyset) (*Keyset, error) { panic("change") })
	}()
	if after, _ := os.ReadFile(file.Path); string(after) != string(before) {
		t.Error("the file changed")
	}
	mustHaveFiles(t, file, "keyset.json")
}

func TestChangeConcurrently(t *testing.T) {
	t.Parallel()
	file := newFile(t)
	created(t, file)
	var done atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 4 {
				switch _, err := file.Change(t.Context(), (*Keyset).AddKey); {
				case err == nil:
					done.Add(1)
				case !errors.Is(err, fs.ErrExist):
					t.Errorf("Change = %v, want fs.ErrExist", err)
				}
				if _, err := file.Read(t.Context()); err != nil {
					t.Errorf("Read during a change = %v", err)
				}
			}
		})
	}
	all.Wait()
	read, err := file.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := int64(read.handle().Len()), 1+done.Load(); got != want {
		t.Errorf("after %d changes that succeeded, there are %d keys, want %d", done.Load(), got, want)
	}
	mustHaveFiles(t, file, "keyset.json")
}

func TestChangeAfterCrash(t *testing.T) {
	t.Parallel()
	file := newFile(t)
	created(t, file)
	if err := os.WriteFile(file.Path+".new", []byte("half a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := file.Change(t.Context(), (*Keyset).AddKey)
	if !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), file.Path+".new") {
		t.Errorf("Change = %v, want an error that wraps fs.ErrExist and names the file", err)
	}
	if _, err := file.Read(t.Context()); err != nil {
		t.Errorf("Read = %v", err)
	}
	mustHaveFiles(t, file, "keyset.json", "keyset.json.new")
}

func TestChangeFollowsLink(t *testing.T) {
	t.Parallel()
	file := newFile(t)
	created(t, file)
	link := File{Path: filepath.Join(t.TempDir(), "link")}
	if err := os.Symlink(file.Path, link.Path); err != nil {
		skip(t, err)
	}
	if _, err := link.Change(t.Context(), (*Keyset).AddKey); err != nil {
		t.Fatal(err)
	}
	read, err := file.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if read.handle().Len() != 2 {
		t.Errorf("the file contains the %s, want two keys", read)
	}
	if info, err := os.Lstat(link.Path); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v, %v", info.Mode(), err)
	}
}

func TestWrappedFileModes(t *testing.T) {
	t.Parallel()
	file := newFile(t)
	file.KMS = newKMS(t)
	keys := created(t, file)
	if err := os.Chmod(file.Path, 0o644); err != nil {
		t.Fatal(err)
	}
	changed, err := file.Change(t.Context(), (*Keyset).AddKey)
	if err != nil {
		t.Fatal(err)
	}
	read, err := file.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if read.String() != changed.String() || !opens(t, read, sealed(t, keys)) {
		t.Errorf("the file contains the %s, want the %s", read, changed)
	}
	if info, err := os.Stat(file.Path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o644 {
		t.Errorf("Stat = %v, %v; want the mode to stay 0644", info.Mode(), err)
	}
	if _, err := (File{Path: file.Path}).Read(t.Context()); err == nil {
		t.Error("Read without the KMS succeeded")
	}
}

func TestCreateWithFailingKMS(t *testing.T) {
	t.Parallel()
	file := newFile(t)
	file.KMS = brokenKMS{err: errThrottled}
	if _, err := file.Create(t.Context()); !errors.Is(err, errThrottled) {
		t.Errorf("Create = %v, want the KMS's error", err)
	}
	mustHaveFiles(t, file)
}

// skip skips a test that this machine cannot run. In CI, the test fails instead.
func skip(t *testing.T, why any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}
