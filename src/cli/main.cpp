#include "cli/commands/app.hpp"

int main(int argc, char** argv) { return faasta::cli::run_cli(argc, argv); }
