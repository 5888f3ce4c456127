/**
 * Docker's configuration for one step, from stdin, in a directory that only its user may enter. What else the host's
 * own one says for Docker's commands stays: plugins, and the context that names the engine.
 */
export const LOGGED_IN = `
log_in() {
  own=\${DOCKER_CONFIG:-$HOME/.docker} config=$hd/docker.$$
  rm -rf "$config" && mkdir "$config" && cat > "$config/config.json" &&
    [ "$(wc -l < "$config/config.json")" -eq 1 ] || { rm -rf "$config"; unwritten "$hd"; }
  for part in cli-plugins contexts; do [ ! -d "$own/$part" ] || ln -s "$own/$part" "$config/$part"; done
  context=$(docker context show 2>/dev/null) || context=default
  [ "$context" = default ] || export DOCKER_CONTEXT="$context"
  export DOCKER_CONFIG="$config"
}
`;

/** In the step itself, which may outlive whoever began it: the login goes when it ends. */
export const LOGGED_OUT = `
case \${DOCKER_CONFIG-} in "$1"/docker.*) trap 'rm -rf "$DOCKER_CONFIG"' EXIT ;; esac
`;

/** Those of steps that were killed, or never began: by the one who has the lock, since Docker reads it at once. */
export const FORGET_LOGINS = 'rm -rf "$hd"/docker.[0-9]*';
