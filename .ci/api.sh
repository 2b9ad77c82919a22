#!/usr/bin/env bash
# Compares the exported API with that of the last tag. What breaks a host's build has to be told in the
# changelog's unreleased part, under Changed or Removed, and from version 1 on needs a new major version.
set -euo pipefail
cd "$(dirname "$0")/.."
module=github.com/warehousekit/warehousekit
apidiff=golang.org/x/exp/cmd/apidiff@v0.0.0-20261014143641-f0251eb4aa3e

tag=$(git describe --tags --abbrev=0 --match 'v*' 2>/dev/null || true)
if [[ -z $tag ]]; then
	echo "there is no tag yet to compare with"
	exit 0
fi
old=$(mktemp -d)
trap 'git worktree remove --force "$old/tree"; rm -rf "$old"' EXIT
git worktree add --quiet --detach "$old/tree" "$tag"
(cd "$old/tree" && go run "$apidiff" -m -w "$old/api" "$module")
broken=$(go run "$apidiff" -m -incompatible "$old/api" "$module")
if [[ -z $broken ]]; then
	echo "hosts that build with $tag build with this"
	exit 0
fi
printf 'incompatible with %s:\n%s\n' "$tag" "$broken"
unreleased=$(sed -n '/^## \[Unreleased\]/,/^## \[[0-9]/p' CHANGELOG.md)
if [[ $tag == v0.* ]] && grep -qE '^### (Changed|Removed)' <<<"$unreleased"; then
	echo "the changelog tells of it"
	exit 0
fi
exit 1
