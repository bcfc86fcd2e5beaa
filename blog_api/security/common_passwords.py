"""Common passwords, which attackers guess first.

Compiled by hand from patterns found in every list of leaked passwords: keyboard runs, number sequences, first names and
teams with a number, and variants of "password". Shorter passwords are too short to be accepted anyway.
"""

from __future__ import annotations

_WORDS = """
00000000 000000000 0000000000 01234567 012345678 0123456789 0987654321 1029384756 11111111 111111111 1111111111
11112222 11223344 1122334455 12121212 12341234 1234512345 12344321 12345678 123456789 1234567890 12345678900
1234567891 12345678910 123456123456 1234567a 12345679 123456abc 123456qwerty 123123123 123321123 12345qwert
123qweasd 123qwe123 123qweasdzxc 12qwaszx 13131313 135792468 147258369 159357456 159753456 1q2w3e4r 1q2w3e4r5t
1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc 1qazxsw2 1qaz@wsx 1qaz!qaz 20202020 22222222 33333333 44444444 55555555
66666666 77777777 777777777 87654321 88888888 888888888 98765432 987654321 9876543210 99999999 999999999
a1b2c3d4 a1234567 a12345678 a123456789 aa123456 aa12345678 abababab abc12345 abcd1234 abcdefgh abcdefg1
abcdefghi access14 admin123 admin1234 admin12345 admin@123 administrator adminadmin alexander amsterdam andromeda
anthony1 asd12345 asdasdasd asdf1234 asdfasdf asdfghjk asdfghjkl asdfjkl; asdqwe123 babygirl babygirl1 barcelona
baseball baseball1 basketball batman123 beautiful benjamin blahblah blink182 brandon1 bubbles1 butterfly caroline
changeme changeme1 changeme123 changeit charlie1 charlotte chelsea1 chocolate chocolate1 christian christina
christopher computer computer1 corvette creative cristina danielle december default1 defaultpassword diamonds
dolphins dragon12 dragon123 dragonball einstein elephant elizabeth everton1 explorer facebook facebook1 ferrari1
fishing1 fktrcfylh flowers1 football football1 football123 forever1 francesco gabriela
gangster garfield geheim123 ghbdtn123 gfhjkm123 google123 hallo123 hannover hardcore harrypotter hello123
hello1234 hellohello hercules hunter12 hunter123 iloveyou iloveyou1 iloveyou2 iloveyou! ilovegod infinity
internet internet1 isabella jasmine1 jennifer jennifer1 jessica1 johncena jonathan jordan23 justin123 katherine
killer123 kimberly kristina lasvegas leonardo letmein1 letmein123 letmein! letmeinnow liverpool liverpool1 login123
loveme123 lovelove loveyou1 manchester margaret maradona marina123 marlboro martin123 maverick mercedes metallica
michael1 michelle michelle1 microsoft midnight minecraft monkey12 monkey123 motorola mustang1 my_password mypassword
mypassword1 myspace1 naruto123 nathaniel newcastle nicholas nicole123 nintendo november nothing1 october1 p4ssw0rd
p@$$w0rd p@$$word p@ssw0rd p@ssw0rd1 p@ssw0rd123 p@ssword p@ssword1 pa$$w0rd pa$$word pa55w0rd pa55word parola123
pass1234 pass12345 pass@123 pass@word1 passpass passport passw0rd passw0rd1 passw0rd! passwort passwort1 passwort123
password password! password0 password00 password01 password1 password1! password10 password11 password12 password123
password123! password1234 password12345 password2 password21 password22 password3 password5 password69 password7
password8 password9 password99 password@1 password@123 passwords passwordpassword patricia patrick1 penguins
peterpan picasso1 pokemon1 pokemon123 porsche911 portugal precious princess princess1 princess123 q1w2e3r4
q1w2e3r4t5 q1w2e3r4t5y6 qazwsx123 qazwsxedc qazwsxedcrfv qazxswedc qq123456 qwaszx12 qweasd123 qweasdzxc qweqweqwe
qwe123456 qwer1234 qwerasdf qwerqwer qwert123 qwert12345 qwerty01 qwerty11 qwerty12 qwerty123 qwerty1234 qwerty12345
qwerty123456 qwerty321 qwerty77 qwerty78 qwerty789 qwertyqwerty qwertyui qwertyuiop qwertyuiop1 qwertz123 qwertzui
qwertzuiop rainbow1 rangers1 realmadrid rebecca1 redsox12 remember rocknroll ronaldo7 rootroot root1234 samantha
samantha1 samsung1 samsung123 scarface schalke04 scorpion sebastian secret12 secret123 september serenity server123
shadow12 shadow123 slipknot snowball softball sometimes snoopy123 soccer123 spiderman spiderman1 spongebob
starwars starwars1 stephanie steelers summer123 summer2020 summer2021 summer2022 summer2023 summer2024 summer2025
sunflower sunshine sunshine1 sunshine123 superman superman1 superman123 superstar swordfish system123 takethat
temp1234 temporary teddybear test1234 test12345 test123456 testtest tester123 testing1 testing123 thailand
thomas123 thunder1 tiffany1 tinkerbell trustno1 trustno1! undertaker valentina vanessa1 victoria victoria1 vincent1
vjcrdf123 voyager1 warcraft warriors welcome01 welcome1 welcome1! welcome12 welcome123 welcome1234 welcome2 welkom01
westside whatever whatever1 william1 winner123 winter123 winter2020 winter2021 winter2022 winter2023 winter2024
winter2025 wordpress wordpress1 yankees1 yellow123 zaq12wsx zaq1zaq1 zaq1@wsx zaq1xsw2 zaqwsxcde zxasqw12
zxcv1234 zxcvbn123 zxcvbnm1 zxcvbnm123 zxcvbnm, zxcvbnm,. zxczxczxc
"""
COMMON = frozenset(_WORDS.split())
