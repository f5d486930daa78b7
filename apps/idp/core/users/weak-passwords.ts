/**
 * The passwords that guessers try first, of eight characters or more, in lower case (NIST SP 800-63B-4 §3.1.1.2 asks
 * for such a list). Short on purpose: the throttle stops who tries more.
 */
export const weakPasswords: ReadonlySet<string> = new Set(
  `12345678 123456789 1234567890 12345678910 0123456789 123123123 1234512345 87654321 987654321 9876543210 0987654321
  11111111 111111111 1111111111 00000000 000000000 0000000000 22222222 33333333 55555555 66666666 77777777 88888888
  99999999 12121212 10203040 11223344 1122334455 112233445566 147258369 123654789 789456123 741852963 159753456
  password password1 password12 password123 password1234 password! password1! passw0rd passw0rd1 p@ssword p@ssw0rd
  p@ssw0rd1 pa$$word passwort passwort1 passwort123 motdepasse contraseña contrasena senha123 changeme changeme1
  changeme123 changeit letmein1 letmein123 welcome1 welcome12 welcome123 welcome1! administrator admin123 admin1234
  admin12345 admin@123 adminadmin rootroot root1234 toortoor testtest test1234 test12345 testing123 guestguest guest123
  demodemo demo1234 default1 temporary temp1234 secret123 secretsecret supersecret topsecret trustno1 trustnoone
  qwertyui qwertyuiop qwerty12 qwerty123 qwerty1234 qwerty12345 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 1qaz2wsx3edc qazwsxedc
  zaq12wsx q1w2e3r4 q1w2e3r4t5 asdfghjk asdfghjkl asdfasdf asdf1234 zxcvbnm1 zxcvbnm123 zxcvbnm, qwertzuiop qwertz123
  azertyuiop azerty123 abcdefgh abcdefghi abcd1234 abc12345 abc123456 abcabcabc a1b2c3d4 a1b2c3d4e5 aaaaaaaa aa123456
  a12345678 iloveyou iloveyou1 iloveyou2 loveyou1 ilovegod sunshine sunshine1 princess princess1 football football1
  baseball baseball1 basketball superman superman1 batman123 spiderman starwars pokemon1 pokemon123 michael1 jennifer
  jordan23 michelle charlie1 computer computer1 internet internet1 samsung1 whatever whatever1 liverpool liverpool1
  chelsea1 arsenal1 barcelona realmadrid butterfly chocolate elephant dragon123 monkey123 master123 shadow123 freedom1
  corvette mustang1 mercedes porsche1 ferrari1 victoria alexander benjamin samantha christian jonathan elizabeth
  hello123 hellohello helloworld goodluck lovelove blink182 access14 access123 login123 loginlogin user1234 username
  username1 signet123 signetsignet december summer2024 summer2025 summer2026 winter2024 winter2025 winter2026
  spring2025 spring2026 autumn2025 autumn2026 january1 company1 company123 business1 security security1`.split(/\s+/),
)
