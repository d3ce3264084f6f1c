# shellcheck shell=bash disable=SC2016
# What the scripts in dev/ share: settings, the bench's user, MariaDB and Redis. Sourced, never run.
#
# Everything lives under BENCH_DIR: the bench itself, bench's own tools (.tools) and a private MariaDB with
# its data (.services). Removing that folder removes all of it; a MariaDB or Redis of the system is not touched.

set -euo pipefail
shopt -s inherit_errexit

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

if [ "$(id -u)" = 0 ]; then
	BENCH_DIR=${BENCH_DIR:-/opt/nurture-bench}
	BENCH_USER=${BENCH_USER:-frappe}
else
	BENCH_DIR=${BENCH_DIR:-$HOME/nurture-bench}
	BENCH_USER=$(id -un)
fi
FRAPPE_REPO=${FRAPPE_REPO:-https://github.com/frappe/frappe}
FRAPPE_BRANCH=${FRAPPE_BRANCH:-version-15}
ERPNEXT_REPO=${ERPNEXT_REPO:-https://github.com/frappe/erpnext}
ERPNEXT_BRANCH=${ERPNEXT_BRANCH:-version-15}
SITE=${SITE:-nurture.localhost}
TEST_SITE=${TEST_SITE:-nurture-test.localhost}
ADMIN_PASSWORD=${ADMIN_PASSWORD:-admin}
DB_ROOT_PASSWORD=${DB_ROOT_PASSWORD:-nurture} # the private MariaDB listens on 127.0.0.1 only

TOOLS=$BENCH_DIR/.tools
SERVICES=$BENCH_DIR/.services
LOG=$TOOLS/last-step.log

say() { printf '%s\n' "-- $*"; }
warn() { printf '%s\n' "!! $*" >&2; }
die() {
	printf '\n' >&2
	printf '!! %s\n' "$@" >&2
	exit 1
}

# Runs a long command quietly; its output goes to a log that is shown when it fails.
step() {
	local title=$1
	shift
	say "$title"
	if ! "$@" >"$LOG" 2>&1 </dev/null; then
		tail -n 40 "$LOG" >&2
		die "$title: failed; its last words are above, the whole output is in $LOG." \
			"Mend what it names (network, proxy or package registry when a download failed) and run this again;" \
			"it goes on where it stopped."
	fi
}

# bench refuses to run as root, so root runs everything as the unprivileged BENCH_USER. The rest of the
# environment (proxies, package registries, CI) is kept.
as_bench() {
	local path=$TOOLS/venv/bin:$TOOLS/node/node_modules/.bin
	local settings=(
		BENCH_DISABLE_UV=1
		PIP_CONSTRAINT="$TOOLS/constraints.txt"
		PIP_DISABLE_PIP_VERSION_CHECK=1
		GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory 'GIT_CONFIG_VALUE_0=*'
	)
	local away=(-u PYTHONPATH -u PYTHONHOME -u VIRTUAL_ENV)
	[ -z "${APP_PATH:-}" ] || settings+=(PYTHONPATH="$APP_PATH")

	if [ "$(id -u)" != 0 ]; then
		(cd "$BENCH_DIR" && env "${away[@]}" "${settings[@]}" PATH="$path:$PATH:/usr/sbin:/sbin" "$@")
		return
	fi
	settings+=(HOME="$(getent passwd "$BENCH_USER" | cut -d: -f6)" USER="$BENCH_USER" LOGNAME="$BENCH_USER")
	settings+=(PATH="$path:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
	away+=(-u TMPDIR -u XDG_CONFIG_HOME -u XDG_CACHE_HOME -u XDG_DATA_HOME -u XDG_RUNTIME_DIR)
	(cd "$BENCH_DIR" && runuser -u "$BENCH_USER" -- env "${away[@]}" "${settings[@]}" "$@")
}

bench() { as_bench bench "$@"; }

site_exists() { [ -f "$BENCH_DIR/sites/$1/site_config.json" ]; }

bench_is_there() { [ -f "$BENCH_DIR/sites/apps.txt" ] && [ -f "$SERVICES/fresh-site.sql.gz" ]; }

require_bench() {
	bench_is_there || die "There is no finished bench in $BENCH_DIR." \
		"Bring one up with dev/bench-up (about five minutes), or set BENCH_DIR to where yours is."
}

app_is_installable() { [ -f "$ROOT/nurture_app/hooks.py" ] && [ -f "$ROOT/nurture_app/modules.txt" ]; }

# --- MariaDB and Redis ------------------------------------------------------------------------------------

redis_port() { sed -n 's/^port *//p' "$BENCH_DIR/config/redis_$1.conf"; }

db_port() { sed -n 's/^port *= *//p' "$SERVICES/mariadb.cnf"; }

db_answers() {
	as_bench mariadb-admin --no-defaults --protocol=tcp --host=127.0.0.1 --port="$(db_port)" --user=root \
		--password="$DB_ROOT_PASSWORD" ping >/dev/null 2>&1
}

start_services() {
	start_mariadb
	start_redis cache
	start_redis queue
}

start_mariadb() {
	db_answers && return
	say "Starting MariaDB on port $(db_port)"
	as_bench sh -c 'setsid nohup mariadbd-safe --defaults-file="$1" >/dev/null 2>&1 </dev/null 9>&- &' sh "$SERVICES/mariadb.cnf"
	for _ in $(seq 60); do
		sleep 1
		db_answers && return
	done
	tail -n 20 "$SERVICES/mariadb.log" >&2 || true
	die "MariaDB did not start. Its log is $SERVICES/mariadb.log." \
		"If port $(db_port) is taken, stop what uses it, or change 'port' in $SERVICES/mariadb.cnf and run" \
		"'dev/bench set-config -g -p db_port <port>'."
}

start_redis() {
	local config=$BENCH_DIR/config/redis_$1.conf port
	port=$(redis_port "$1")
	as_bench redis-cli -p "$port" ping >/dev/null 2>&1 && return
	say "Starting Redis ($1) on port $port"
	as_bench sh -c 'redis-server "$1" --daemonize yes --logfile "$2" >/dev/null 9>&-' sh "$config" "$SERVICES/redis_$1.log"
	for _ in $(seq 20); do
		as_bench redis-cli -p "$port" ping >/dev/null 2>&1 && return
		sleep 0.5
	done
	tail -n 20 "$SERVICES/redis_$1.log" >&2 || true
	die "Redis ($1) did not start on port $port. Its log is $SERVICES/redis_$1.log."
}

# --- the checkout -----------------------------------------------------------------------------------------

# Prints where the bench's user finds this checkout: the checkout itself, or a copy when it may not look
# inside (a clone under /root, say). $1 names the copy.
readable_checkout() {
	local copy=$BENCH_DIR/.checkouts/$1
	if as_bench sh -c 'cd "$1" 2>/dev/null && [ -z "$(find nurture_app pyproject.toml ! -readable 2>&1 | head -n 1)" ]' sh "$ROOT"; then
		printf '%s\n' "$ROOT"
		return
	fi
	warn "$BENCH_USER may not read $ROOT; using a copy in $copy."
	as_bench mkdir -p "$copy"
	as_bench find "$copy" -type f ! -path '*/public/dist/*' -delete # dist is built in the copy
	tar -C "$ROOT" -cf - --exclude=./.git --exclude=./.venv --exclude=./build --exclude=node_modules --exclude=__pycache__ . |
		as_bench tar -C "$copy" --no-same-owner -xf -
	as_bench chmod -R u+rwX "$copy"
	printf '%s\n' "$copy"
}

linked_checkout() { readlink "$BENCH_DIR/apps/nurture_app" 2>/dev/null || true; }

# Makes apps/nurture_app lead to this checkout, and the bench's Python import it from there.
link_checkout() {
	local source
	source=$(readable_checkout linked)
	if [ "$(linked_checkout)" != "$source" ]; then
		say "Linking $source into the bench"
		as_bench ln -sfn "$source" "$BENCH_DIR/apps/nurture_app"
	fi
	if ! as_bench env/bin/python -c 'import sys, nurture_app; sys.exit(not nurture_app.__file__.startswith(sys.argv[1] + "/"))' "$source" 2>/dev/null; then
		as_bench env/bin/pip install --quiet --no-deps -e "$source"
	fi
	list_app
}

# The bench breaks for every site once a linked checkout has been deleted; put this one in its place.
mend_link() {
	[ -n "$(linked_checkout)" ] || return 0
	[ -f "$BENCH_DIR/apps/nurture_app/nurture_app/__init__.py" ] || link_checkout
}

list_app() {
	grep -qx nurture_app "$BENCH_DIR/sites/apps.txt" && return
	# apps.txt may lack its last newline
	as_bench sh -c 'printf "%s\n" "$(cat sites/apps.txt)" nurture_app > sites/apps.new && mv sites/apps.new sites/apps.txt'
}

# --- sites ------------------------------------------------------------------------------------------------

new_site() {
	bench new-site --force --db-root-username root --db-root-password "$DB_ROOT_PASSWORD" \
		--admin-password "$ADMIN_PASSWORD" --mariadb-user-host-login-scope=% "$@"
}

# From the copy dev/bench-up kept of the Desk site before the app came: a few seconds.
make_test_site() {
	step "Making the site $TEST_SITE" new_site "$TEST_SITE" --source-sql "$SERVICES/fresh-site.sql.gz"
	bench --site "$TEST_SITE" set-config -p allow_tests 1
	bench --site "$TEST_SITE" set-config -p pause_scheduler 1
	as_bench touch "$TOOLS/done.site.$TEST_SITE"
}

# The libraries the app names itself; linking it leaves them out, so as not to touch Frappe's own versions.
install_libraries() {
	local wanted
	wanted=$(python3 - "$ROOT/pyproject.toml" <<-'EOF'
		import re, sys
		block = re.search(r"^dependencies = \[(.*?)^\]", open(sys.argv[1]).read(), re.S | re.M)
		print(" ".join(re.findall(r'"([^"]+)"', block[1] if block else "")))
	EOF
	)
	local done_file=$TOOLS/done.libraries
	[ "$(cat "$done_file" 2>/dev/null)" = "$wanted" ] && return
	# shellcheck disable=SC2086 # one word each
	step "Installing $wanted" as_bench env/bin/pip install --quiet $wanted
	as_bench sh -c 'printf "%s" "$1" > "$2"' sh "$wanted" "$done_file"
}

install_app() {
	install_libraries
	bench --site "$1" list-apps 2>/dev/null | grep '^nurture_app\b' >/dev/null && return
	step "Installing nurture_app on $1" bench --site "$1" install-app nurture_app
}
