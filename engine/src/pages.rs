//! System calls for memory: mapping, returning pages to the kernel, and finding the pages that were written.

use std::fs::File;
use std::io::Write;
use std::ops::Range;
use std::os::fd::{AsRawFd, FromRawFd};
use std::sync::LazyLock;

pub const PAGE: usize = 4096;

fn checked(result: libc::c_int) -> std::io::Result<()> {
    if result == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()) }
}

fn mapped(address: *mut libc::c_void) -> std::io::Result<*mut u8> {
    if address == libc::MAP_FAILED { Err(std::io::Error::last_os_error()) } else { Ok(address.cast()) }
}

const READ_WRITE: libc::c_int = libc::PROT_READ | libc::PROT_WRITE;
const ANONYMOUS: libc::c_int = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;

/// Maps memory with zeros. A page takes memory only when it is used.
pub fn map_anonymous(bytes: usize) -> std::io::Result<*mut u8> {
    // SAFETY: a new mapping at an address of the kernel's choice.
    let base = mapped(unsafe { libc::mmap(std::ptr::null_mut(), bytes, READ_WRITE, ANONYMOUS, -1, 0) })?;
    // Without this call, one used byte could take a huge page of 2 MiB instead of a page of 4 KiB. Kernels without huge
    // pages return an error, which can be ignored. SAFETY: the mapping just made.
    let _ = unsafe { libc::madvise(base.cast(), bytes, libc::MADV_NOHUGEPAGE) };
    Ok(base)
}

/// # Safety
/// The range belongs to the caller, in whole pages, and nothing in it is used.
pub unsafe fn replace_with_anonymous(base: *mut u8, bytes: usize) -> std::io::Result<()> {
    // SAFETY: by the caller's promise.
    unsafe {
        mapped(libc::mmap(base.cast(), bytes, READ_WRITE, ANONYMOUS | libc::MAP_FIXED, -1, 0))?;
        let _ = libc::madvise(base.cast(), bytes, libc::MADV_NOHUGEPAGE);
    }
    Ok(())
}

/// Maps `bytes` bytes of `file` from `offset` on, privately: writes do not reach the file.
///
/// # Safety
/// As for `replace_with_anonymous`; the file does not change while it is mapped.
pub unsafe fn replace_with_file(base: *mut u8, bytes: usize, file: &File, offset: usize) -> std::io::Result<()> {
    let offset = libc::off_t::try_from(offset).map_err(std::io::Error::other)?;
    let flags = libc::MAP_PRIVATE | libc::MAP_FIXED | libc::MAP_NORESERVE;
    // SAFETY: by the caller's promise.
    mapped(unsafe { libc::mmap(base.cast(), bytes, READ_WRITE, flags, file.as_raw_fd(), offset) })?;
    Ok(())
}

/// Maps a whole file for reading.
pub fn map_file(file: &File, bytes: usize) -> std::io::Result<*mut u8> {
    // SAFETY: a new mapping at an address of the kernel's choice.
    mapped(unsafe { libc::mmap(std::ptr::null_mut(), bytes, libc::PROT_READ, libc::MAP_PRIVATE, file.as_raw_fd(), 0) })
}

/// Whether every page of a file's mapping is in the page cache.
///
/// # Safety
/// The range is a mapping that belongs to the caller.
pub unsafe fn is_resident(base: *mut u8, bytes: usize) -> bool {
    const PAGES: usize = 512;
    let mut resident = [0_u8; PAGES];
    (0..bytes).step_by(PAGES * PAGE).all(|start| {
        let length = (bytes - start).min(PAGES * PAGE);
        // SAFETY: by the caller's promise; the kernel writes a byte for each page.
        let asked = unsafe { libc::mincore(base.add(start).cast(), length, resident.as_mut_ptr()) };
        asked == 0 && resident[..length.div_ceil(PAGE)].iter().all(|page| page & 1 == 1)
    })
}

/// Starts to read a file's mapping. If this fails, pages are read when they are used.
///
/// # Safety
/// As for `is_resident`.
pub unsafe fn read_ahead(base: *mut u8, bytes: usize) {
    // SAFETY: by the caller's promise.
    let _ = unsafe { libc::madvise(base.cast(), bytes, libc::MADV_WILLNEED) };
}

/// Reads a file's mapping, if needed, and maps its pages. If this fails, pages are mapped when they are used.
///
/// # Safety
/// As for `is_resident`.
pub unsafe fn populate(base: *mut u8, bytes: usize) {
    // SAFETY: by the caller's promise.
    let _ = unsafe { libc::madvise(base.cast(), bytes, libc::MADV_POPULATE_READ) };
}

/// # Safety
/// The range is a mapping that belongs to the caller and that nothing uses any more.
pub unsafe fn unmap(base: *mut u8, bytes: usize) {
    // SAFETY: by the caller's promise. It fails only if the range is not a mapping.
    let _ = unsafe { libc::munmap(base.cast(), bytes) };
}

/// Maps code of `file` from `offset` on: executable and not writable. Takes no lock and allocates nothing.
///
/// # Safety
/// As for `replace_with_file`. The range consists of whole pages, or ends at the end of the file.
pub unsafe fn replace_with_code(base: *mut u8, bytes: usize, file: &File, offset: usize) -> std::io::Result<()> {
    let offset = libc::off_t::try_from(offset).map_err(|_| std::io::ErrorKind::InvalidInput)?;
    let flags = libc::MAP_PRIVATE | libc::MAP_FIXED;
    let access = libc::PROT_READ | libc::PROT_EXEC;
    // SAFETY: by the caller's promise.
    mapped(unsafe { libc::mmap(base.cast(), bytes, access, flags, file.as_raw_fd(), offset) })?;
    Ok(())
}

/// Makes a range executable and not writable, for code that tests compile in memory.
///
/// # Safety
/// The range belongs to the caller, in whole pages.
#[cfg(test)]
pub unsafe fn make_executable(base: *const u8, bytes: usize) -> std::io::Result<()> {
    // SAFETY: by the caller's promise.
    checked(unsafe { libc::mprotect(base.cast_mut().cast(), bytes, libc::PROT_READ | libc::PROT_EXEC) })
}

/// A file that is only in memory, with this content.
pub fn file_in_memory(content: &[u8]) -> std::io::Result<File> {
    // It is mapped, and is no program. Some machines demand this flag; kernels before 6.3 do not know it.
    const NO_PROGRAM: libc::c_uint = 8;
    // SAFETY: a name that ends with NUL.
    let make = |flags| unsafe { libc::memfd_create(c"faasta".as_ptr(), libc::MFD_CLOEXEC | flags) };
    let descriptor = match make(NO_PROGRAM) {
        -1 => make(0),
        made => made,
    };
    if descriptor < 0 {
        return Err(std::io::Error::last_os_error());
    }
    // SAFETY: the new descriptor belongs to the file.
    let mut file = unsafe { File::from_raw_fd(descriptor) };
    file.write_all(content)?;
    Ok(file)
}

/// Forbids all access, as a guard against overflow.
///
/// # Safety
/// The range belongs to the caller, in whole pages.
pub unsafe fn forbid(base: *mut u8, bytes: usize) -> std::io::Result<()> {
    // SAFETY: by the caller's promise.
    checked(unsafe { libc::mprotect(base.cast(), bytes, libc::PROT_NONE) })
}

/// Drops the pages of a private mapping, which then contains zeros, or the content of its file, again.
///
/// # Safety
/// As for `replace_with_anonymous`.
pub unsafe fn give_back(base: *mut u8, bytes: usize) -> std::io::Result<()> {
    // SAFETY: by the caller's promise.
    checked(unsafe { libc::madvise(base.cast(), bytes, libc::MADV_DONTNEED) })
}

/// `struct page_region` of linux/fs.h.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Region {
    start: u64,
    end: u64,
    categories: u64,
}

/// `struct pm_scan_arg` of linux/fs.h.
#[repr(C)]
struct Scan {
    size: u64,
    flags: u64,
    start: u64,
    end: u64,
    walk_end: u64,
    regions: u64,
    region_count: u64,
    max_pages: u64,
    category_inverted: u64,
    category_mask: u64,
    category_anyof_mask: u64,
    return_mask: u64,
}

/// PAGEMAP_SCAN of linux/fs.h, since Linux 6.7.
const PAGEMAP_SCAN: libc::c_ulong = 0xc060_6610;
const IS_FILE: u64 = 1 << 2;
const IS_PRESENT: u64 = 1 << 3;
const IS_SWAPPED: u64 = 1 << 4;
const IS_ZERO_PAGE: u64 = 1 << 5;
const REGIONS: usize = 64;

static PAGE_MAP: LazyLock<Option<File>> = LazyLock::new(|| {
    let file = File::open("/proc/self/pagemap").ok()?;
    let mut probe = [Region::default()];
    scan(&file, 0, 0, &mut probe, 1).ok().map(|_| file)
});

/// Whether this kernel can report which pages were written.
pub fn can_find_written() -> bool {
    PAGE_MAP.is_some()
}

/// Fills `regions` with the private pages of a range. Returns the number of regions, and the address where the scan
/// stopped.
fn scan(
    file: &File,
    start: usize,
    end: usize,
    regions: &mut [Region],
    max_pages: usize,
) -> std::io::Result<(usize, usize)> {
    let mut argument = Scan {
        size: size_of::<Scan>() as u64,
        flags: 0,
        start: start as u64,
        end: end as u64,
        walk_end: 0,
        regions: regions.as_mut_ptr() as u64,
        region_count: regions.len() as u64,
        max_pages: max_pages as u64,
        // Reports pages that are in memory or swapped out, except pages of a file and the shared page of zeros.
        category_inverted: IS_FILE | IS_ZERO_PAGE,
        category_mask: IS_FILE | IS_ZERO_PAGE,
        category_anyof_mask: IS_PRESENT | IS_SWAPPED,
        return_mask: IS_PRESENT,
    };
    // SAFETY: the kernel writes at most `region_count` regions, and `walk_end`.
    let count = unsafe { libc::ioctl(file.as_raw_fd(), PAGEMAP_SCAN as _, &raw mut argument) };
    let count = usize::try_from(count).map_err(|_| std::io::Error::last_os_error())?;
    Ok((count, argument.walk_end as usize))
}

/// The pages of a range that were written since it was mapped or its pages were given back.
pub struct Written {
    base: usize,
    first: [Region; REGIONS],
    first_count: usize,
    rest: Vec<Region>,
}

impl Written {
    /// Returns `None` if there are more than `most` pages. Call this only if `can_find_written` returns true.
    pub fn find(base: *mut u8, bytes: usize, most: usize) -> std::io::Result<Option<Self>> {
        let file = PAGE_MAP.as_ref().ok_or_else(|| std::io::Error::from(std::io::ErrorKind::Unsupported))?;
        let base = base as usize;
        let end = base + bytes;
        let mut out = Self { base, first: [Region::default(); REGIONS], first_count: 0, rest: Vec::new() };
        let (count, mut stopped) = scan(file, base, end, &mut out.first, most + 1)?;
        out.first_count = count;
        let mut pages: usize = out.first[..count].iter().map(Region::pages).sum();
        while stopped < end && pages <= most {
            let mut more = [Region::default(); REGIONS];
            let (count, next) = scan(file, stopped, end, &mut more, most + 1)?;
            out.rest.extend_from_slice(&more[..count]);
            pages += more[..count].iter().map(Region::pages).sum::<usize>();
            stopped = next;
        }
        Ok((pages <= most).then_some(out))
    }

    /// Visits each range, as offsets from the base.
    pub fn for_each(&self, mut visit: impl FnMut(Range<usize>)) {
        for region in self.first[..self.first_count].iter().chain(&self.rest) {
            visit(region.start as usize - self.base..region.end as usize - self.base);
        }
    }
}

impl Region {
    fn pages(&self) -> usize {
        (self.end - self.start) as usize / PAGE
    }
}
