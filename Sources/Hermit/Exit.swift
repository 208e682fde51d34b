import CHermit

/// Ends the program, and with it the machine.
///
/// - Parameter status: The exit status; its low 8 bits reach the host.
///
/// The corresponding C function is `sys_exit`.
public func exit(_ status: Int32) -> Never { sys_exit(status) }

/// Ends the program as a failed one, with status 134.
///
/// The corresponding C function is `sys_abort`.
public func abort() -> Never { sys_abort() }
