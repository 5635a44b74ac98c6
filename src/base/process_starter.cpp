#include "base/process_starter.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/log.hpp"
#include "base/thread_scheduling.hpp"

namespace faasta {
namespace {

// A question is one message: the number of the program, then its arguments with a NUL after each, and one descriptor.
constexpr std::size_t kMessageBytes = 32U << 10U;

struct Answer {
  pid_t pid;  ///< the new process; 0 if there is none
  int error;  ///< 0, or the errno of the failure. With a pid, the process has ended already
};

/// A message's buffer for one descriptor.
union DescriptorSpace {
  cmsghdr aligned;
  std::array<char, CMSG_SPACE(sizeof(int))> bytes;
};

struct Question {
  std::size_t program = 0;
  std::vector<std::string> arguments;
  FileDescriptor output;
};

bool send_question(int socket, std::string text, int output) {
  iovec part{text.data(), text.size()};
  DescriptorSpace space{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = space.bytes.data();
  message.msg_controllen = space.bytes.size();
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof output);
  std::memcpy(CMSG_DATA(header), &output, sizeof output);
  return ::sendmsg(socket, &message, MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

/// Waits for a question. Empty if the other end is closed, or sends something else.
std::optional<Question> next_question(int socket) {
  std::string text(kMessageBytes, '\0');
  iovec part{text.data(), text.size()};
  DescriptorSpace space{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = space.bytes.data();
  message.msg_controllen = space.bytes.size();
  ssize_t size = 0;
  while ((size = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) {
  }
  const cmsghdr* const header = CMSG_FIRSTHDR(&message);
  if (size <= 0 || header == nullptr || header->cmsg_type != SCM_RIGHTS) return std::nullopt;
  int output = -1;
  std::memcpy(&output, CMSG_DATA(header), sizeof output);
  Question out{static_cast<unsigned char>(text.front()), {}, FileDescriptor(output)};
  std::string_view rest(text.data() + 1, static_cast<std::size_t>(size) - 1);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\0'), rest.size());
    out.arguments.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

/// The new process: becomes the program. Returns the errno of the failure.
int become(const StartableProgram& program, char* const* arguments, char* const* environment, int output) {
  if (program.default_signals) {
    for (int signal = 1; signal < NSIG; ++signal) static_cast<void>(::signal(signal, SIG_DFL));
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
  }
  const int input = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (input < 0 || ::dup2(input, STDIN_FILENO) < 0 || ::dup2(output, STDOUT_FILENO) < 0) return errno;
  ::execve(program.path.c_str(), arguments, environment);
  return errno;
}

/// Starts the program as a child of the server.
Answer start_for_parent(const StartableProgram& program, Question question) {
  question.arguments.insert(question.arguments.begin(), program.path.string());
  std::vector<char*> arguments = pointers(question.arguments);
  std::vector<std::string> own = program.environment.value_or(std::vector<std::string>());
  std::vector<char*> environment = pointers(own);
  std::array<int, 2> ends{};  // the new process writes its errno; exec closes this pipe
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {0, errno};
  const FileDescriptor read_end(ends[0]);
  FileDescriptor write_end(ends[1]);
  // fork() cannot make a sister of this process.
  const auto pid = static_cast<pid_t>(::syscall(SYS_clone, CLONE_PARENT | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  if (pid < 0) return {0, errno};
  if (pid == 0) {
    const int error =
        become(program, arguments.data(), program.environment ? environment.data() : environ, question.output.get());
    static_cast<void>(::write(write_end.get(), &error, sizeof error));
    ::_exit(127);
  }
  write_end = FileDescriptor();
  int error = 0;
  ssize_t got = 0;
  while ((got = ::read(read_end.get(), &error, sizeof error)) < 0 && errno == EINTR) {
  }
  return {pid, got == sizeof error ? error : 0};
}

[[noreturn]] void serve(int socket, const std::vector<StartableProgram>& programs, pid_t parent) {
  ::prctl(PR_SET_NAME, "faasta-starter");
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  schedule_as_worker();  // the programs are scheduled alike
  constexpr int kSocket = 3;
  if (::getppid() != parent || (socket != kSocket && ::dup3(socket, kSocket, O_CLOEXEC) < 0) ||
      ::close_range(kSocket + 1, ~0U, 0) != 0)
    ::_exit(1);
  while (auto question = next_question(kSocket)) {
    Answer answer{0, EPERM};
    if (question->program < programs.size() && programs[question->program].allows(question->arguments))
      answer = start_for_parent(programs[question->program], std::move(*question));
    if (::send(kSocket, &answer, sizeof answer, MSG_NOSIGNAL) != sizeof answer) break;
  }
  ::_exit(0);
}

int wait_for(pid_t process) {
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

Result<std::unique_ptr<ProcessStarter>> ProcessStarter::open(std::vector<StartableProgram> programs) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return fail_errno(Code::internal_error, "socketpair", errno);
  FileDescriptor mine(ends[0]);
  const FileDescriptor other(ends[1]);
  const pid_t parent = ::getpid();
  const pid_t process = ::fork();
  if (process < 0) return fail_errno(Code::internal_error, "fork", errno);
  if (process == 0) serve(other.get(), programs, parent);
  std::vector<std::string> names;
  for (StartableProgram& program : programs) names.push_back(std::move(program.name));
  return std::unique_ptr<ProcessStarter>(new ProcessStarter(process, std::move(mine), std::move(names)));
}

ProcessStarter::~ProcessStarter() {
  socket_ = FileDescriptor();  // the process ends
  static_cast<void>(wait_for(process_));
}

Result<pid_t> ProcessStarter::start(std::string_view name, std::span<const std::string> arguments, int output) const {
  const auto found = std::ranges::find(names_, name);
  const auto what = [&name] { return "start " + std::string(name); };
  std::string text(1, static_cast<char>(found - names_.begin()));
  for (const std::string& argument : arguments) text.append(argument).push_back('\0');
  if (found == names_.end() || text.size() > kMessageBytes) return fail_errno(Code::internal_error, what(), E2BIG);
  Answer answer{0, EPIPE};
  {
    const std::scoped_lock lock(mutex_);
    if (send_question(socket_.get(), std::move(text), output)) {
      while (::recv(socket_.get(), &answer, sizeof answer, 0) < 0 && errno == EINTR) {
      }
    }
  }
  if (answer.error == 0) return answer.pid;
  if (answer.error == EPIPE)
    log::error("starter_ended", {{"effect", "no compile can start until this server starts again"}});
  if (answer.pid > 0) static_cast<void>(wait_for(answer.pid));
  return fail_errno(Code::internal_error, what(), answer.error);
}

}  // namespace faasta
