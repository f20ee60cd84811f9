/**
 * A self-signed certificate for `localhost` and `127.0.0.1`, valid until 2126. Its key is public: it protects nothing, it lets clients
 * be tried with verification on (`ca: certificate`) and shows that they refuse it where it is not trusted.
 */
export const certificate = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUXoyoF0Q+DI3Fbc6O/uOGm7tl9icwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTA0NDMwN1oYDzIxMjYxMDI4
MDQ0MzA3WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASMiDkfl3ODTcYNOf/mLWyGgabWH5QqPfGs8AimFqwg2xfFcy04rU7C
rs+Vw03oRGLZWaP7fTT94Wr0uLGPxR3Vo28wbTAdBgNVHQ4EFgQU3WHxsqf2B2Eo
5rak6Wnfc1ilXPkwHwYDVR0jBBgwFoAU3WHxsqf2B2Eo5rak6Wnfc1ilXPkwGgYD
VR0RBBMwEYIJbG9jYWxob3N0hwR/AAABMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZI
zj0EAwIDSAAwRQIgYl/V8Ui+Gxh7lQ/+CtCMk52JgJDBx5IPtcDVnRYAmbUCIQDa
5jWcvBqCg/C49QhF95HzO39mli6L6T9pAHKIYqfT2w==
-----END CERTIFICATE-----
`

export const certificateKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQga1m53ZW6Q9fIlEZq
PU6sn7BJgsdTjAC2cwqTztUsZeOhRANCAASMiDkfl3ODTcYNOf/mLWyGgabWH5Qq
PfGs8AimFqwg2xfFcy04rU7Crs+Vw03oRGLZWaP7fTT94Wr0uLGPxR3V
-----END PRIVATE KEY-----
`

/** The same, but that it was valid for a day of 2020. */
export const expiredCertificate = `-----BEGIN CERTIFICATE-----
MIIBZjCCAQugAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwHhcNMjAwMTAxMDAwMDAwWhcNMjAwMTAyMDAwMDAwWjAUMRIwEAYDVQQDDAls
b2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASkoTozfstb4AC4UyKh
WGzGR9aXapJayBS2cmjBra0rvPkGDOpXtNK9+lvE+r+Z/Ux4KZVcdu7Dj+xAfEde
inWTo04wTDAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwDwYDVR0TAQH/BAUw
AwEB/zAdBgNVHQ4EFgQUOmf3SYn2Fa/Lkz9aoT8hHWxFCrMwCgYIKoZIzj0EAwID
SQAwRgIhAP2NyRz8o/SVyK0pt3Nz3qtejZgA2ZkoiKCMdj5TWbg6AiEAgfbJhwM0
a7cz1RAP63xjuSaIwX0i5DeRIuxF8oYCbgg=
-----END CERTIFICATE-----
`

export const expiredCertificateKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgb01qfge7O+JwP0z+
PzMLR4TF12nBKgKiGAQIywcZm2yhRANCAASkoTozfstb4AC4UyKhWGzGR9aXapJa
yBS2cmjBra0rvPkGDOpXtNK9+lvE+r+Z/Ux4KZVcdu7Dj+xAfEdeinWT
-----END PRIVATE KEY-----
`
