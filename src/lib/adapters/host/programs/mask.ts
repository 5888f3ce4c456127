/**
 * In awk, under LC_ALL=C: bytes. `learn` takes a secret, `forms` the ways in which it may be written, `read_env` and
 * `read_compose` the files that hold secrets. An apostrophe is \047 here: the program stands between two.
 */
const LEARN = String.raw`
    function form(text) {
      if (length(text) < 4 || (text in known)) return
      known[text]
      written[++forms_known] = text
    }
    function percent(text, safe, digits,   out, i, c) {
      for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        out = out (c ~ /[A-Za-z0-9]/ || index(safe, c) > 0 ? c : sprintf(digits, ord[c]))
      }
      return out
    }
    function in_url(text, safe,   out, blank) {
      for (blank = 0; blank < 2; blank++) {
        out = percent(text, safe, blank ? "%%%02x" : "%%%02X")
        form(out)
        gsub(/%20/, "+", out)
        form(out)
      }
    }
    function in_json(text,   out, i, c) {
      for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        if (c == "\"" || c == "\\") out = out "\\" c
        else if (c == "\n") out = out "\\n"
        else if (c == "\t") out = out "\\t"
        else out = out c
      }
      form(out)
      text = out
      gsub(/\//, "\\/", text)
      form(text)
      text = out
      gsub(/</, "\\u003c", text)
      gsub(/>/, "\\u003e", text)
      gsub(/&/, "\\u0026", text)
      form(text)
    }
    # Of what a value becomes after so many other bytes, what is its own.
    function in_base64(text, before,   out, i, bits, have, value) {
      for (i = 1 - before; i <= length(text); i++) {
        bits = bits * 256 + (i < 1 ? 0 : ord[substr(text, i, 1)])
        for (have += 8; have >= 6; bits -= value * power[have]) {
          have -= 6
          value = int(bits / power[have])
          out = out substr(base64, value + 1, 1)
        }
      }
      out = substr(out, before == 0 ? 1 : before + 2)
      form(out)
      in_json(out)
      form(percent(out, "", "%%%02X"))
      gsub(/\+/, "-", out)
      gsub(/\//, "_", out)
      form(out)
    }
    # A line of several is looked for as it is, and what is long is no password.
    function learn(value,   i, n, line) {
      sub(/^[ \t\r\n]+/, "", value)
      sub(/[ \t\r\n]+$/, "", value)
      if (length(value) < 4 || value == "true" || value == "false" || (value in learned)) return
      learned[value]
      n = split(value, line, "\n")
      for (i = 1; n > 1 && i <= n; i++) if (length(line[i]) > 7) form(line[i])
      form(value)
      if (length(value) > 4096) return
      if (value ~ /^".*"$/ || value ~ /^\047.*\047$/) learn(substr(value, 2, length(value) - 2))
      in_url(value, "-._~")
      in_url(value, "-._*")
      in_url(value, "-._~/")
      in_url(value, "-._~!*()\047")
      in_url(value, "-._~!*()\047;/?:@&=+$,#")
      in_json(value)
      for (i = 0; i < 3; i++) in_base64(value, i)
    }`;

const SOURCES = String.raw`
    function unescaped(text,   out, i, c) {
      for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        if (c == "\\") {
          c = substr(text, ++i, 1)
          if (c == "n") c = "\n"
        }
        out = out c
      }
      return out
    }
    # Where the text ends that began with this quotation mark; 0 if it goes on.
    function closing(text, mark,   i, c) {
      for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        if (c == "\\" && mark == "\"") i++
        else if (c == mark) return i
      }
      return 0
    }
    function of_environment(key) {
      if (key !~ /^LC_/ && !(key in ordinary) && (key in ENVIRON)) learn(ENVIRON[key])
    }
    function learn_value(value,   at) {
      learn(value)
      if (value ~ /[ \t]#/) {
        at = value
        sub(/[ \t]+#.*$/, "", at)
        learn(at)
      }
      if (match(value, /:[\/][\/][^\/@ ]*@/)) {
        at = substr(value, RSTART + 3, RLENGTH - 4)
        if (sub(/^[^:]*:/, "", at)) learn(at)
      }
    }
    # A line that is no KEY=VALUE counts whole, but for a KEY alone that the environment has.
    function read_env(name,   line, value, mark, whole, at) {
      if (name in seen) return
      seen[name]
      while ((getline line < name) > 0) {
        sub(/\r$/, "", line)
        if (mark != "") {
          if (length(line) > 7) form(line)
          whole = whole "\n" line
          if ((at = closing(line, mark)) > 0) {
            learn(substr(line, 1, at - 1))
            whole = substr(whole, 1, length(whole) - length(line) + at - 1)
            learn(whole)
            if (mark == "\"") learn(unescaped(whole))
            mark = ""
          }
        }
        if (line ~ /^[ \t]*(#|$)/) continue
        value = line
        sub(/^[ \t]*(export[ \t]+)?/, "", value)
        if (value ~ /^[A-Za-z_][A-Za-z0-9_.-]*[ \t]*[=:]/) {
          sub(/^[^=:]*[=:][ \t]*/, "", value)
        } else {
          sub(/[ \t]+$/, "", value)
          if (value in ENVIRON) { of_environment(value); continue }
          learn(line)
          if (index(value, "=") == 0) continue
          value = substr(value, index(value, "=") + 1)
        }
        learn_value(value)
        if (mark != "" || value !~ /^["\047]/) continue
        mark = substr(value, 1, 1)
        whole = substr(value, 2)
        if ((at = closing(whole, mark)) == 0) { learn(whole); continue }
        whole = substr(whole, 1, at - 1)
        learn_value(whole)
        if (mark == "\"") learn_value(unescaped(whole))
        mark = ""
      }
      close(name)
    }
    function read_whole(name,   line, whole) {
      if (name in seen) return
      seen[name]
      while (length(whole) < 65536 && (getline line < name) > 0) whole = whole line "\n"
      close(name)
      learn(whole)
    }
    function read_named(text, secret,   n, i, word) {
      gsub(/[][{},"\047]/, " ", text)
      n = split(text, word, /[ \t]+/)
      for (i = 1; i <= n; i++) {
        if (word[i] == "" || word[i] ~ /^(-|#|.*:)$/) continue
        sub(/^\.\//, "", word[i])
        if (word[i] !~ /^\//) word[i] = directory "/" word[i]
        if (secret) read_whole(word[i])
        else read_env(word[i])
      }
    }
    # What Compose takes from the environment of its caller, and files that only the host has: env_file, secrets.
    function read_compose(name,   line, rest, key, depth, at, n, i, part) {
      depth = -1
      while ((getline line < name) > 0) {
        rest = line
        gsub(/[$][$]/, "", rest)
        while (match(rest, /[$][{]?[A-Za-z_][A-Za-z0-9_]*/)) {
          key = substr(rest, RSTART, RLENGTH)
          rest = substr(rest, RSTART + RLENGTH)
          gsub(/[{$]/, "", key)
          of_environment(key)
        }
        match(line, /^[ \t]*/)
        at = RLENGTH
        if (depth >= 0 && line !~ /^[ \t]*(#|$)/) {
          if (at > depth || line ~ /^[ \t]*-/) read_named(line, 0)
          else depth = -1
        }
        n = split(line, part, "{")
        for (i = 1; i <= n; i++) {
          if (sub(/^[ \t]*env_file[ \t]*:/, "", part[i])) {
            depth = at
            read_named(part[i], 0)
          } else if (sub(/^[ \t]*file[ \t]*:/, "", part[i])) {
            read_named(part[i], 1)
          } else {
            sub(/^[ \t]*(-|environment:)[ \t]*/, "", part[i])
            gsub(/["\047}: \t\r]/, "", part[i])
            of_environment(part[i])
          }
        }
      }
      close(name)
    }`;

/**
 * Takes the values of environment files out of a text on stdin, before it leaves the host: Compose's own errors quote
 * what it interpolated, and a service may say anything. As they are, in base64 after any number of bytes, and as URLs
 * and JSON have them; longest first. One argument, a line each: the environment's directory, its environment files,
 * the line `--`, then compose files, which may be patterns. If awk fails, nothing is said.
 */
export const MASK = `
mask() {
  SOURCES=$(IFS='
'; printf '%s\\n' $1) LC_ALL=C awk '${LEARN}${SOURCES}
    BEGIN {
      base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
many = split("HOME PWD OLDPWD USER LOGNAME PATH SHELL HOSTNAME LANG TERM TZ UID GID TMPDIR SHLVL _", word, " ")
      for (i = 1; i <= many; i++) ordinary[word[i]]
      for (i = 1; i < 256; i++) ord[sprintf("%c", i)] = i
      for (power[0] = i = 1; i < 14; i++) power[i] = 2 * power[i - 1]
      many = split(ENVIRON["SOURCES"], source, "\\n")
      directory = source[1]
      for (f = 2; f <= many; f++) {
        if (source[f] == "--") composed = 1
        else if (composed) read_compose(source[f])
        else read_env(source[f])
      }
      for (i = 1; i <= forms_known; i++) {
        size = length(written[i])
        if (size > longest) longest = size
        of_size[size] = of_size[size] " " i
      }
      for (size = longest; size > 3; size--) {
        many = split(of_size[size], index_of, " ")
        for (i = 1; i <= many; i++) secret[++n] = written[index_of[i]]
      }
      # The text in one piece.
      RS = "\\001"
      ORS = ""
    }
    {
      rest = $0
      for (i = 1; i <= n; i++) {
        out = ""
        while ((at = index(rest, secret[i])) > 0) {
          out = out substr(rest, 1, at - 1) "[redacted]"
          rest = substr(rest, at + length(secret[i]))
        }
        rest = out rest
      }
      print rest
      ended = rest ~ /\\n$/
    }
    END { if (NR > 0 && !ended) print "\\n" }'
}
`;
