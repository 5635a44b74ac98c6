# UNTESTED: nobody has run this with Homebrew yet, and the command line has been built on Linux only. A release fills in
# `url` and `sha256` from its SHA256SUMS: faasta-VERSION.tar.gz.
class Faasta < Formula
  desc "Functions on your own machine: the command line"
  homepage "https://example.com/faasta"
  url "https://example.com/faasta/faasta-0.1.0.tar.gz"
  sha256 "0000000000000000000000000000000000000000000000000000000000000000"
  license "MIT"

  depends_on "cli11" => :build
  depends_on "cmake" => :build
  depends_on "googletest" => :build
  depends_on "llvm" => :build
  depends_on "ninja" => :build
  depends_on "pkgconf" => :build
  depends_on "rust" => :build
  depends_on "tomlplusplus" => :build
  depends_on "boost"
  depends_on "curl"
  depends_on "fmt"
  depends_on "icu4c"
  depends_on "libpsl"
  depends_on :linux
  depends_on "mimalloc"
  depends_on "zlib"

  def install
    llvm = Formula["llvm"].opt_bin
    system "cmake", "--preset", "package", "-DCMAKE_C_COMPILER=#{llvm}/clang", "-DCMAKE_CXX_COMPILER=#{llvm}/clang++"
    system "cmake", "--build", "--preset", "package", "--target", "faasta"
    bin.install "build/package/bin/faasta", "build/package/bin/faasta-componentize"
    bin.install_symlink "faasta" => "cargo-faasta"
    generate_completions_from_executable(bin/"faasta", "completion")
  end

  test do
    assert_match "faasta", shell_output("#{bin}/faasta --version")
  end
end
