#!/bin/sh
# What run-job3.sh puts into the reference's rounds: a fresh copy of the city, served. NIANGJIA: the shipped binary; BASE: the city
# with the members, the stations and nothing applied for; CITY: its copy.
set -eu
rm -rf "$CITY" "$CITY.keys"
cp -r "$BASE" "$CITY"
cp "$BASE.keys" "$CITY.keys"
sync
exec "$NIANGJIA" serve --data "$CITY" --listen 127.0.0.1:18099
