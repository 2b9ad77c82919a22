package tinkseal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/tink"
)

// A File is a keyset in a file. The file is complete at all times, or does not exist.
type File struct {
	// Path is the path of the file. Its file system must support hard links.
	Path string

	// KMS wraps the keyset. If nil, the file contains it in cleartext, and a file that anyone except
	// its owner can use is rejected. If the host cannot choose the mode, as with a mounted Kubernetes
	// secret, use os.ReadFile and [ParseKeyset] instead.
	KMS tink.AEADWithContext
}

// Create creates a keyset with one AES-256-GCM key, in a new file with mode 0600. If the file exists, it
// stays unchanged and the error wraps fs.ErrExist. Create syncs the file and its directory before it
// returns. A crash leaves a complete file or none at Path, and possibly a hidden temporary file, whose key
// has sealed nothing. ctx is for the KMS.
func (f File) Create(ctx context.Context) (*Keyset, error) {
	if f.Path == "" {
		return nil, errNoPath
	}
	if _, err := os.Lstat(f.Path); err == nil {
		return nil, f.exists() // only avoids a call to the KMS: the link below decides
	}
	k, err := NewKeyset()
	if err != nil {
		return nil, err
	}
	data, err := f.encode(ctx, k)
	if err != nil {
		return nil, err
	}
	defer clear(data)
	dir, name := filepath.Split(f.Path)
	dir = filepath.Clean(dir)
	temp, err := os.CreateTemp(dir, "."+name+".*") // its mode is 0600
	if err != nil {
		return nil, fmt.Errorf("tinkseal: create a keyset: %w", err)
	}
	defer os.Remove(temp.Name())
	if err := finish(temp, data); err != nil {
		return nil, fmt.Errorf("tinkseal: create a keyset: %w", err)
	}
	// Unlike a rename, a link never replaces an existing file.
	if err := os.Link(temp.Name(), f.Path); errors.Is(err, fs.ErrExist) {
		return nil, f.exists()
	} else if err != nil {
		return nil, fmt.Errorf("tinkseal: create a keyset: %w", err)
	}
	if err := syncDir(dir); err != nil {
		return nil, fmt.Errorf("tinkseal: %s was created but not synced, and a power failure may lose it: %w", f.Path, err)
	}
	return k, nil
}

// Read reads the keyset. If the file does not exist, the error wraps fs.ErrNotExist. Read rejects a file
// that anyone except its owner can use, unless a KMS wrapped the keyset, and a file that [ParseKeyset] or
// [UnwrapKeyset] rejects. ctx is for the KMS.
func (f File) Read(ctx context.Context) (*Keyset, error) {
	k, _, err := f.read(ctx)
	return k, err
}

// Change applies a step of a rotation to the keyset in the file, and returns the new keyset:
//
//	file.Change(ctx, (*tinkseal.Keyset).AddKey)
//
// Change writes and syncs a new file, Path with ".new" appended, and renames it over the old one. Readers
// see the old keyset or the new one. Owner and mode stay the same, and a symbolic link stays a link. Of
// two simultaneous changes one returns an error that wraps fs.ErrExist, so neither loses the other's key.
// After a crash every change returns that error, until the file that it names is removed. ctx is for the
// KMS.
func (f File) Change(ctx context.Context, change func(*Keyset) (*Keyset, error)) (*Keyset, error) {
	if f.Path == "" {
		return nil, errNoPath
	}
	path, err := filepath.EvalSymlinks(f.Path)
	if err != nil {
		return nil, fmt.Errorf("tinkseal: change a keyset: %w", err)
	}
	// Created before the keyset is read, because it is also the lock.
	next, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("tinkseal: another change is running, or one was interrupted, in which case remove the file: %w", err)
	} else if err != nil {
		return nil, fmt.Errorf("tinkseal: change a keyset: %w", err)
	}
	replaced := false // after the rename, the name belongs to the next change
	defer func() {
		if !replaced {
			_ = next.Close()
			_ = os.Remove(next.Name()) // if this fails, the next change returns an error
		}
	}()
	k, err := File{path, f.KMS}.replace(ctx, next, change)
	if err != nil {
		return nil, err
	}
	replaced = true
	if err := syncDir(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("tinkseal: %s was changed but not synced, and a power failure may revert it: %w", f.Path, err)
	}
	return k, nil
}

func (f File) replace(ctx context.Context, next *os.File, change func(*Keyset) (*Keyset, error)) (*Keyset, error) {
	current, info, err := f.read(ctx)
	if err != nil {
		return nil, err
	}
	k, err := change(current)
	if err != nil {
		return nil, err
	}
	data, err := f.encode(ctx, k)
	if err != nil {
		return nil, err
	}
	defer clear(data)
	err = keepOwner(next, info)
	if err == nil {
		err = next.Chmod(info.Mode().Perm())
	}
	if err == nil {
		err = finish(next, data)
	}
	if err == nil {
		err = os.Rename(next.Name(), f.Path)
	}
	if err != nil {
		return nil, fmt.Errorf("tinkseal: change a keyset: %w", err)
	}
	return k, nil
}

func (f File) read(ctx context.Context) (*Keyset, fs.FileInfo, error) {
	if f.Path == "" {
		return nil, nil, errNoPath
	}
	file, err := os.OpenFile(f.Path, openFlags, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("tinkseal: read a keyset: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("tinkseal: read a keyset: %w", err)
	case !info.Mode().IsRegular():
		return nil, nil, fmt.Errorf("tinkseal: %s is not a regular file", f.Path)
	case f.KMS == nil && othersMayRead(info):
		return nil, nil, fmt.Errorf("tinkseal: %s has mode %04o, and only its owner may use it: run chmod 600 %[1]s", f.Path, info.Mode().Perm())
	}
	data, err := io.ReadAll(file)
	if err != nil {
		return nil, nil, fmt.Errorf("tinkseal: read a keyset: %w", err)
	}
	defer clear(data)
	var k *Keyset
	if f.KMS == nil {
		k, err = parse(data)
	} else {
		k, err = unwrap(ctx, data, f.KMS)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("tinkseal: %s: %w", f.Path, err)
	}
	return k, info, nil
}

func (f File) encode(ctx context.Context, k *Keyset) ([]byte, error) {
	if f.KMS == nil {
		return k.Cleartext()
	}
	return k.Wrap(ctx, f.KMS)
}

// finish writes data, syncs the file and closes it.
func finish(file *os.File, data []byte) error {
	_, err := file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

func (f File) exists() error {
	return fmt.Errorf("tinkseal: create a keyset: %s: %w (replacing it would lose all that it sealed)", f.Path, fs.ErrExist)
}

var errNoPath = errors.New("tinkseal: File.Path is empty")
