//! Compiles the command line and the libraries that no other crate has: libcurl and the TLS part of AWS-LC. Needs a
//! compiler for C and C++23, and no other tool.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio, exit};

/// What the sources of the command line may assume of the compiler.
const PROBE: &str = "#include <expected>\nstd::expected<int, int> probe() { return 1; }\n";

const NEEDS: &str = "the command line of Faasta is C++23 and needs g++ 12 or newer, or clang 19 or newer \
                     (Debian, Ubuntu: apt install g++; another compiler: set CC and CXX)";

/// Most sources include these headers, so they are compiled once. cmake/Precompiled.cmake has the same list, and Asio
/// in addition, which only the server uses.
const PRECOMPILED: &str = "
    algorithm chrono expected filesystem functional map memory optional ranges span string string_view unordered_map
    utility vector fmt/format.h boost/json.hpp
";

/// libcurl without the protocols that nobody uses here, for a Linux of the last ten years.
const CURL: &str = "
    BUILDING_LIBCURL CURL_STATICLIB CURL_DISABLE_DICT CURL_DISABLE_FILE CURL_DISABLE_FTP CURL_DISABLE_GOPHER
    CURL_DISABLE_IMAP CURL_DISABLE_IPFS CURL_DISABLE_LDAP CURL_DISABLE_LDAPS CURL_DISABLE_MQTT CURL_DISABLE_NTLM
    CURL_DISABLE_POP3 CURL_DISABLE_RTSP CURL_DISABLE_SMB CURL_DISABLE_SMTP CURL_DISABLE_TELNET CURL_DISABLE_TFTP
    CURL_DISABLE_WEBSOCKETS HAVE_ARPA_INET_H HAVE_ASSERT_H HAVE_BOOL_T HAVE_CLOCK_GETTIME_MONOTONIC HAVE_ERRNO_H
    HAVE_FCNTL_H HAVE_FCNTL_O_NONBLOCK HAVE_GETADDRINFO HAVE_GETPEERNAME HAVE_GETSOCKNAME HAVE_GETTIMEOFDAY
    HAVE_GMTIME_R HAVE_LIBZ HAVE_LONGLONG HAVE_NETDB_H HAVE_NETINET_IN_H HAVE_NETINET_TCP_H HAVE_POLL_FINE
    HAVE_POLL_H HAVE_PTHREAD_H HAVE_RECV HAVE_SELECT HAVE_SEND HAVE_SIGACTION HAVE_SOCKADDR_IN6_SIN6_SCOPE_ID
    HAVE_SOCKET HAVE_SOCKETPAIR HAVE_STDBOOL_H HAVE_STDINT_H HAVE_STRUCT_TIMEVAL HAVE_SYS_IOCTL_H HAVE_SYS_SELECT_H
    HAVE_SYS_STAT_H HAVE_SYS_TIME_H HAVE_SYS_UN_H HAVE_THREADS_POSIX HAVE_UNISTD_H HAVE_ZLIB_H NGHTTP2_STATICLIB
    USE_IPV6 USE_NGHTTP2 USE_OPENSSL USE_RESOLV_THREADED USE_UNIX_SOCKETS
";

fn fail(message: &str) -> ! {
    println!("cargo::error={message}");
    exit(1);
}

fn main() {
    for folder in ["awslc", "cpp", "curl", "build.rs"] {
        println!("cargo::rerun-if-changed={folder}");
    }
    if variable("CARGO_CFG_TARGET_OS") != "linux" {
        fail("the command line of Faasta runs on Linux");
    }
    check_compiler();
    // Each library needs those after it, and the linker reads them in this order.
    command_line();
    curl();
    tls();
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| fail(&format!("cargo has not set {name}")))
}

fn out(file: &str) -> PathBuf {
    Path::new(&variable("OUT_DIR")).join(file)
}

/// A compiler for other people's sources.
fn foreign() -> cc::Build {
    let mut build = cc::Build::new();
    build.warnings(false).flag("-w").flag("-fvisibility=hidden");
    awslc_headers(&mut build);
    build
}

/// The headers of AWS-LC's cryptography, and the prefix of its symbols. The names of both variables have the version.
fn awslc_headers(build: &mut cc::Build) {
    let of_awslc = |end: &str| {
        env::vars()
            .find(|(name, _)| name.starts_with("DEP_AWS_LC_") && name.ends_with(end))
            .unwrap_or_else(|| fail("the crate aws-lc-sys does not say where its headers are"))
            .1
    };
    build.include(of_awslc("_INCLUDE"));
    // An AWS-LC of the system has no prefix, and may be another version than the TLS part here.
    let library = of_awslc("_LIBCRYPTO");
    let Some(prefix) = library.strip_suffix("_crypto") else {
        fail(
            "set AWS_LC_SYS_USE_SYSTEM=0: the command line of Faasta needs the AWS-LC of the crate",
        );
    };
    build.define("BORINGSSL_PREFIX", prefix);
}

fn cpp() -> cc::Build {
    let mut build = cc::Build::new();
    build
        .cpp(true)
        .std("c++23")
        .warnings(false)
        .flag("-w")
        .flags([
            "-fstack-protector-strong",
            "-U_FORTIFY_SOURCE",
            "-D_FORTIFY_SOURCE=3",
            "-D_GLIBCXX_ASSERTIONS",
        ])
        .define("CURL_STATICLIB", None)
        .define(
            "FAASTA_VERSION",
            format!("\"{}\"", variable("CARGO_PKG_VERSION")).as_str(),
        );
    for folder in [
        "cpp/src",
        "cpp/engine",
        "cpp/generated",
        "cpp/include",
        "curl/include",
    ] {
        build.include(folder);
    }
    build.include(variable("DEP_Z_INCLUDE"));
    awslc_headers(&mut build);
    build
}

fn check_compiler() {
    let compiler = cpp().get_compiler();
    let name = compiler.path().display().to_string();
    let file = out("probe.cpp");
    fs::write(&file, PROBE).expect("OUT_DIR can be written");
    let ran = compiler
        .to_command()
        .args(["-fsyntax-only".as_ref(), file.as_os_str()])
        .stderr(Stdio::null())
        .status();
    match ran {
        Err(_) => fail(&format!("{name} is not installed: {NEEDS}")),
        Ok(status) if !status.success() => fail(&format!("{name} is too old: {NEEDS}")),
        Ok(_) => {}
    }
}

/// All files of a folder with one of these extensions, in order.
fn files(folder: &str, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("the crate is whole") {
            let path = entry.expect("the crate is whole").path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .and_then(OsStr::to_str)
                .is_some_and(|one| extensions.contains(&one))
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn command_line() {
    // CLI11 has objects in its headers, which would be compiled into each file.
    let uses_cli11 =
        |path: &PathBuf| fs::read_to_string(path).is_ok_and(|text| text.contains("#include <CLI/"));
    let (commands, others): (Vec<_>, Vec<_>) =
        files("cpp", &["cpp"]).into_iter().partition(uses_cli11);
    let objects = with_precompiled("commands", "CLI/CLI.hpp")
        .files(commands)
        .compile_intermediates();
    with_precompiled("others", "")
        .files(others)
        .objects(objects)
        .compile("faasta_cli");
}

/// A compiler that reads the precompiled headers, and `more`, before each source.
fn with_precompiled(name: &str, more: &str) -> cc::Build {
    let mut build = cpp();
    let header = out(&format!("{name}.hpp"));
    let includes: String = PRECOMPILED
        .split_whitespace()
        .chain(more.split_whitespace())
        .map(|name| format!("#include <{name}>\n"))
        .collect();
    fs::write(&header, includes).expect("OUT_DIR can be written");
    let mut command: Command = build.get_compiler().to_command();
    command
        .args(["-x", "c++-header"])
        .arg(&header)
        .arg("-o")
        .arg(out(&format!("{name}.hpp.gch")));
    if !command.status().is_ok_and(|status| status.success()) {
        fail("the compiler has refused the headers of the crate; its messages are above");
    }
    build
        .flag("-include")
        .flag(header.to_str().expect("the path of OUT_DIR is UTF-8"));
    build
}

fn curl() {
    let mut build = foreign();
    for name in CURL.split_whitespace() {
        build.define(name, None);
    }
    let word = (variable("CARGO_CFG_TARGET_POINTER_WIDTH")
        .parse::<u32>()
        .unwrap_or(64)
        / 8)
    .to_string();
    for (name, value) in [
        ("CURL_OS", "\"Linux\""),
        ("RECV_TYPE_ARG1", "int"),
        ("RECV_TYPE_ARG2", "void*"),
        ("RECV_TYPE_ARG3", "size_t"),
        ("RECV_TYPE_ARG4", "int"),
        ("RECV_TYPE_RETV", "ssize_t"),
        ("SEND_QUAL_ARG2", "const"),
        ("SEND_TYPE_ARG1", "int"),
        ("SEND_TYPE_ARG2", "void*"),
        ("SEND_TYPE_ARG3", "size_t"),
        ("SEND_TYPE_ARG4", "int"),
        ("SEND_TYPE_RETV", "ssize_t"),
        ("SIZEOF_CURL_OFF_T", "8"),
        ("SIZEOF_INT", "4"),
        ("SIZEOF_SHORT", "2"),
        ("SIZEOF_LONG", &word),
        ("SIZEOF_SIZE_T", &word),
        ("SIZEOF_SSIZE_T", &word),
    ] {
        build.define(name, value);
    }
    build
        .include("curl/include")
        .include("curl/lib")
        .include(variable("DEP_Z_INCLUDE"));
    build.include(Path::new(&variable("DEP_NGHTTP2_ROOT")).join("include"));
    build
        .files(files("curl/lib", &["c"]))
        .compile("faasta_curl");
}

/// AWS-LC's libssl. The crate aws-lc-sys compiles it only with CMake, and only if libclang is there.
fn tls() {
    let mut build = foreign();
    build.define("BORINGSSL_IMPLEMENTATION", None);
    build
        .clone()
        .files(files("awslc/ssl", &["c"]))
        .compile("faasta_ssl_c");
    build
        .cpp(true)
        .std("c++17")
        .files(files("awslc/ssl", &["cc"]))
        .compile("faasta_ssl");
}
