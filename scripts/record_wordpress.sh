#!/usr/bin/env bash
# A real WordPress on loopback, in a scratch folder, filled with invented posts that provoke every trap of its REST API.
#
#   scripts/record_wordpress.sh           record what it answers to tests/sources/recorded/wordpress/
#   scripts/record_wordpress.sh --check   run our source against it while posts change, and say what holds
#
# Debian 12: apt-get install --no-install-recommends wordpress wordpress-theme-twentytwentythree php-cli php-mysql php-gd mariadb-server
# Neither the system's database server nor its web server is used or changed.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
core=${WORDPRESS:-/usr/share/wordpress}
scratch=$(mktemp -d)
started=()

finish() {
    for process in "${started[@]}"; do kill "$process" 2>/dev/null || true; done
    wait 2>/dev/null || true
    rm -rf "$scratch"
}
trap finish EXIT

for command in php mariadbd mariadb-install-db; do
    command -v "$command" >/dev/null || { echo "$command is missing; the head of $0 names the packages." >&2; exit 1; }
done
[ -f "$core/wp-settings.php" ] || { echo "$core holds no WordPress; WORDPRESS=… names its folder." >&2; exit 1; }

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

mkdir "$scratch/database" "$scratch/site"
mariadb-install-db --no-defaults --user="$(id -un)" --datadir="$scratch/database" --auth-root-authentication-method=normal \
    --skip-test-db >/dev/null
mariadbd --no-defaults --user="$(id -un)" --datadir="$scratch/database" --socket="$scratch/sql" --skip-networking \
    --pid-file="$scratch/pid" --innodb-flush-log-at-trx-commit=0 --innodb-buffer-pool-size=32M 2>"$scratch/database.log" &
started+=($!)
for _ in $(seq 100); do [ -S "$scratch/sql" ] && break; sleep 0.2; done
mariadb --no-defaults --user=root --socket="$scratch/sql" -e "CREATE DATABASE wordpress"

cp -rL "$core/." "$scratch/site" 2>/dev/null || true # links that lead nowhere are of no matter here
rm -f "$scratch/site/wp-config.php" "$scratch/site/.htaccess"
mkdir -p "$scratch/site/wp-content/uploads" "$scratch/site/wp-content/mu-plugins"
cp "$here/wordpress/wp-config.php" "$scratch/site/"
cp "$here/wordpress/views.php" "$scratch/site/wp-content/mu-plugins/"

export WORDPRESS_SOCKET="$scratch/sql" WORDPRESS_PORT
WORDPRESS_PORT=$(free_port)
export WORDPRESS_FRONT
WORDPRESS_FRONT=$(free_port) # the recorder stands here, and the site takes this for its own address
php -d memory_limit=512M "$here/wordpress/fill.php" "$scratch/site" >"$scratch/ids.json"
php -S "127.0.0.1:$WORDPRESS_PORT" -t "$scratch/site" "$here/wordpress/router.php" >"$scratch/site.log" 2>&1 &
started+=($!)
for _ in $(seq 100); do (: <"/dev/tcp/127.0.0.1/$WORDPRESS_PORT") 2>/dev/null && break; sleep 0.2; done

export WORDPRESS_SITE="$scratch/site" WORDPRESS_IDS="$scratch/ids.json"
cd "$here/.." && .venv/bin/python scripts/record_wordpress.py "$@"
