#!/bin/sh
set -e
ollama pull "$1"
