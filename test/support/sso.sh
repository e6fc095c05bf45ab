# What the scripts of acceptance cases need to stand for a person and for IAM Identity Center.

# Runs a command and opens, as a person would, the address that it prints.
browsing() {
  "$@" > "$SANDBOX/result" 2> >(node "$SUPPORT/browse.mjs")
  local code=$?
  wait $!
  cat "$SANDBOX/result"
  return $code
}
# Tells the stand-in how to behave from now on, in JSON.
centre() { node -e 'fetch(process.argv[1], { method: "POST", body: process.argv[2] })' "$CENTRE/_control" "$1"; }
# The calls that the stand-in took since it was last asked.
centre_calls() { echo "calls of the stand-in:"; node -e 'fetch(process.argv[1]).then((r) => r.text()).then((t) => console.log(t || "none"))' "$CENTRE/_calls"; echo; }
# Makes every token that is on disk old.
age() { sed -i 's/"expiresAt": "[^"]*"/"expiresAt": "2020-01-01T00:00:00Z"/' "$HOME"/.aws/sso/cache/*.json; }
sign_out() { rm -rf "$HOME/.aws/sso/cache"; }
