#!/bin/sh
# generate.sh OVS_SRC SCHEMA ANNOTATION OUT.c OUT.h
set -eu
export PYTHONPATH="$1/python" PYTHONDONTWRITEBYTECODE=1
idlc="/usr/bin/python3 $1/ovsdb/ovsdb-idlc.in"
annotated=$4.ovsidl
$idlc annotate "$2" "$3" > "$annotated"
$idlc c-idl-source "$annotated" > "$4"
$idlc c-idl-header "$annotated" > "$5"
