//! Gives back what only the start needed.

/// Lets go of the pages of the program's own code. The start ran once through much of it (migrations, routes, the document
/// of the API); what serving needs comes back from the page cache when it is used.
pub fn let_go_of_the_start() {
    let (Ok(maps), Ok(program)) = (std::fs::read_to_string("/proc/self/maps"), std::env::current_exe()) else { return };
    for (from, to) in code_of(&maps, &program.to_string_lossy()) {
        // SAFETY: a private mapping of a file that nobody can write to: its pages are the file's and are read again.
        unsafe {
            libc::madvise(from as *mut libc::c_void, to - from, libc::MADV_DONTNEED);
        }
    }
}

/// Where the code of `program` lies, of the lines of `/proc/self/maps`: `from-to permissions offset device inode path`. Only
/// what cannot be written: relocated data is of the file, too, and must stay.
fn code_of(maps: &str, program: &str) -> Vec<(usize, usize)> {
    maps.lines()
        .filter_map(|line| {
            let mut fields = line.split_ascii_whitespace();
            let (from, to) = fields.next()?.split_once('-')?;
            let code = fields.next()? == "r-xp" && line.ends_with(program);
            let address = |hex| usize::from_str_radix(hex, 16).ok();
            code.then_some((address(from)?, address(to)?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_program_s_code_is_let_go() {
        let maps = "\
55f0c0000000-55f0c0400000 r--p 00000000 fe:00 1234   /usr/bin/attendance
55f0c0400000-55f0c1800000 r-xp 00400000 fe:00 1234   /usr/bin/attendance
55f0c1800000-55f0c1a00000 r--p 01800000 fe:00 1234   /usr/bin/attendance
55f0c1a00000-55f0c1a10000 rw-p 01a00000 fe:00 1234   /usr/bin/attendance
7f0000000000-7f0000180000 r-xp 00028000 fe:00 99     /usr/lib/libc.so.6
7f0000200000-7f0000201000 r-xp 00000000 00:00 0      [vdso]
";
        assert_eq!(code_of(maps, "/usr/bin/attendance"), [(0x55f0_c040_0000, 0x55f0_c180_0000)]);
    }
}
