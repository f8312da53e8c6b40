// What others do to keep a few blobs durably, each as its authors mean it to be done. See blob_peers.h.
#include "blob_peers.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <lmdb.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace nonvol::bench {

void fail(const std::string& why) {
  const std::string system = errno == 0 ? "" : fmt::format(" ({})", std::strerror(errno));
  fmt::print(stderr, "blob_bench: {}{}\n", why, system);
  std::exit(2);
}

namespace {

void must(bool done, const char* what) {
  if (!done) fail(what);
}

void write_all(int file, std::span<const std::uint8_t> content, std::size_t offset_bytes) {
  const ssize_t put = ::pwrite(file, content.data(), content.size(), static_cast<off_t>(offset_bytes));
  must(put == static_cast<ssize_t>(content.size()), "pwrite");
}

class InPlace : public Peer {
 public:
  InPlace(const std::string& directory, std::size_t blob_bytes)
      : path_(directory + "/blobs"), blob_bytes_(blob_bytes) {
    const int file = ::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    must(file >= 0, "open");
    const std::vector<std::uint8_t> ones(blob_bytes, 0xff);
    for (int blob = 0; blob < kBlobs; ++blob) write_all(file, ones, offset_of(blob));
    must(::fsync(file) == 0, "fsync");
    ::close(file);
  }

  std::string name() const override { return "in place"; }

  void start() override {
    file_ = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
    must(file_ >= 0, "open");
    flushes_ = 0;
  }
  void stop() override { ::close(file_); }

  void put(int blob, std::span<const std::uint8_t> content) override {
    write_all(file_, content, offset_of(blob));
    must(::fdatasync(file_) == 0, "fdatasync");
    flushes_.fetch_add(1, std::memory_order_relaxed);
  }

  std::size_t get_once_from_scratch(int blob, std::span<std::uint8_t> into) override {
    const int file = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    must(file >= 0, "open");
    const ssize_t got = ::pread(file, into.data(), blob_bytes_, static_cast<off_t>(offset_of(blob)));
    must(got >= 0, "pread");
    ::close(file);
    return static_cast<std::size_t>(got);
  }

  std::optional<std::uint64_t> flushes() const override { return flushes_; }

 private:
  std::size_t offset_of(int blob) const { return static_cast<std::size_t>(blob) * blob_bytes_; }

  std::string path_;
  std::size_t blob_bytes_;
  int file_ = -1;
  std::atomic<std::uint64_t> flushes_ = 0;
};

class Renamed : public Peer {
 public:
  Renamed(const std::string& directory, std::size_t blob_bytes) : path_(directory) {
    const std::vector<std::uint8_t> ones(blob_bytes, 0xff);
    start();
    for (int blob = 0; blob < kBlobs; ++blob) put(blob, ones);
    stop();
  }

  std::string name() const override { return "temp+rename"; }

  void start() override {
    directory_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(directory_ >= 0, "open");
    flushes_ = 0;
  }
  void stop() override { ::close(directory_); }

  void put(int blob, std::span<const std::uint8_t> content) override {
    const std::string name = fmt::format("blob{:02}", blob);
    const std::string temporary = name + ".new";
    const int file = ::openat(directory_, temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    must(file >= 0, "openat");
    write_all(file, content, 0);
    must(::fsync(file) == 0, "fsync");
    ::close(file);
    must(::renameat(directory_, temporary.c_str(), directory_, name.c_str()) == 0, "renameat");
    must(::fsync(directory_) == 0, "fsync of a directory");
    flushes_.fetch_add(2, std::memory_order_relaxed);
  }

  std::size_t get_once_from_scratch(int blob, std::span<std::uint8_t> into) override {
    const int file = ::open(fmt::format("{}/blob{:02}", path_, blob).c_str(), O_RDONLY | O_CLOEXEC);
    must(file >= 0, "open");
    const ssize_t got = ::read(file, into.data(), into.size());
    must(got >= 0, "read");
    ::close(file);
    return static_cast<std::size_t>(got);
  }

  std::optional<std::uint64_t> flushes() const override { return flushes_; }

 private:
  std::string path_;
  int directory_ = -1;
  std::atomic<std::uint64_t> flushes_ = 0;
};

class Sqlite : public Peer {
 public:
  Sqlite(const std::string& directory, std::size_t blob_bytes) : path_(directory + "/blobs.db") {
    open_database(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    execute("PRAGMA page_size = 4096");
    execute("PRAGMA journal_mode = WAL");
    execute("CREATE TABLE blobs (id INTEGER PRIMARY KEY, content BLOB NOT NULL)");

    for (int blob = 0; blob < kBlobs; ++blob) {
      execute(fmt::format("INSERT INTO blobs VALUES ({}, zeroblob({}))", blob, blob_bytes));
    }
    must(sqlite3_close(database_) == SQLITE_OK, "sqlite3_close");
  }

  std::string name() const override { return "SQLite WAL"; }

  void start() override {
    open_database(SQLITE_OPEN_READWRITE);
    // One owner, as all the others have: it saves SQLite its shared memory and most locks.
    execute("PRAGMA locking_mode = EXCLUSIVE");
    execute("PRAGMA synchronous = FULL");
    statement_ = prepare("UPDATE blobs SET content = ?2 WHERE id = ?1");
  }
  void stop() override {
    sqlite3_finalize(statement_);
    must(sqlite3_close(database_) == SQLITE_OK, "sqlite3_close");
  }

  void put(int blob, std::span<const std::uint8_t> content) override {
    const int size = static_cast<int>(content.size());
    must(sqlite3_bind_int(statement_, 1, blob) == SQLITE_OK, "sqlite3_bind_int");
    must(sqlite3_bind_blob(statement_, 2, content.data(), size, SQLITE_STATIC) == SQLITE_OK,
         "sqlite3_bind_blob");
    must(sqlite3_step(statement_) == SQLITE_DONE, "sqlite3_step");
    must(sqlite3_reset(statement_) == SQLITE_OK, "sqlite3_reset");
  }

  std::size_t get_once_from_scratch(int blob, std::span<std::uint8_t> into) override {
    open_database(SQLITE_OPEN_READONLY);
    sqlite3_stmt* statement = prepare("SELECT content FROM blobs WHERE id = ?1");
    must(sqlite3_bind_int(statement, 1, blob) == SQLITE_OK, "sqlite3_bind_int");
    must(sqlite3_step(statement) == SQLITE_ROW, "sqlite3_step");
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, 0));
    must(size <= into.size(), "a blob that is too large");
    std::memcpy(into.data(), sqlite3_column_blob(statement, 0), size);
    sqlite3_finalize(statement);
    must(sqlite3_close(database_) == SQLITE_OK, "sqlite3_close");
    return size;
  }

 private:
  void open_database(int flags) {
    const int status = sqlite3_open_v2(path_.c_str(), &database_, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    must(status == SQLITE_OK, "sqlite3_open_v2");
  }
  void execute(const std::string& sql) {
    if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
      fail(sql + ": " + sqlite3_errmsg(database_));
    }
  }
  sqlite3_stmt* prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    must(sqlite3_prepare_v2(database_, sql, -1, &statement, nullptr) == SQLITE_OK, sql);
    return statement;
  }

  std::string path_;
  sqlite3* database_ = nullptr;
  sqlite3_stmt* statement_ = nullptr;
};

class Lmdb : public Peer {
 public:
  Lmdb(const std::string& directory, std::size_t blob_bytes) : path_(directory) {
    const std::vector<std::uint8_t> ones(blob_bytes, 0xff);
    start();
    for (int blob = 0; blob < kBlobs; ++blob) put(blob, ones);
    stop();
  }

  std::string name() const override { return "LMDB"; }

  void start() override {
    open_environment(0);
    MDB_txn* transaction = begin(0);
    open_database(transaction, MDB_INTEGERKEY | MDB_CREATE);
    check(mdb_txn_commit(transaction));
    flushes_ = 0;
  }
  void stop() override { mdb_env_close(environment_); }

  void put(int blob, std::span<const std::uint8_t> content) override {
    MDB_txn* transaction = begin(0);
    MDB_val key{sizeof blob, &blob};
    MDB_val value{content.size(), const_cast<std::uint8_t*>(content.data())};  // LMDB's type has no const
    check(mdb_put(transaction, database_, &key, &value, 0));
    check(mdb_txn_commit(transaction));
    // fdatasync for the pages, then a synchronous write of the root.
    flushes_.fetch_add(2, std::memory_order_relaxed);
  }

  std::size_t get_once_from_scratch(int blob, std::span<std::uint8_t> into) override {
    open_environment(MDB_RDONLY);
    MDB_txn* transaction = begin(MDB_RDONLY);
    open_database(transaction, MDB_INTEGERKEY);
    MDB_val key{sizeof blob, &blob};
    MDB_val value{};
    check(mdb_get(transaction, database_, &key, &value));
    must(value.mv_size <= into.size(), "a blob that is too large");
    std::memcpy(into.data(), value.mv_data, value.mv_size);
    mdb_txn_abort(transaction);
    mdb_env_close(environment_);
    return value.mv_size;
  }

  std::optional<std::uint64_t> flushes() const override { return flushes_; }

 private:
  static void check(int status) {
    if (status != MDB_SUCCESS) fail(std::string("LMDB: ") + mdb_strerror(status));
  }
  void open_environment(unsigned flags) {
    constexpr std::size_t kMapBytes = std::size_t{64} << 20;
    check(mdb_env_create(&environment_));
    check(mdb_env_set_mapsize(environment_, kMapBytes));
    check(mdb_env_open(environment_, path_.c_str(), flags, 0600));
  }
  MDB_txn* begin(unsigned flags) {
    MDB_txn* transaction = nullptr;
    check(mdb_txn_begin(environment_, nullptr, flags, &transaction));
    return transaction;
  }
  void open_database(MDB_txn* transaction, unsigned flags) {
    check(mdb_dbi_open(transaction, nullptr, flags, &database_));
  }

  std::string path_;
  MDB_env* environment_ = nullptr;
  MDB_dbi database_ = 0;
  std::atomic<std::uint64_t> flushes_ = 0;
};

}  // namespace

std::unique_ptr<Peer> in_place(const std::string& directory, std::size_t blob_bytes) {
  return std::make_unique<InPlace>(directory, blob_bytes);
}
std::unique_ptr<Peer> renamed(const std::string& directory, std::size_t blob_bytes) {
  return std::make_unique<Renamed>(directory, blob_bytes);
}
std::unique_ptr<Peer> sqlite(const std::string& directory, std::size_t blob_bytes) {
  return std::make_unique<Sqlite>(directory, blob_bytes);
}
std::unique_ptr<Peer> lmdb(const std::string& directory, std::size_t blob_bytes) {
  return std::make_unique<Lmdb>(directory, blob_bytes);
}

}  // namespace nonvol::bench
